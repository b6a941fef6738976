import type { Operation } from '../requests/operations';
import { type Route, routeOutsideOrganization } from '../requests/route';
import {
  createApplication,
  deleteApplication,
  getApplication,
  listApplications,
  updateApplication,
} from './applications';
import {
  addAssignment,
  addGrant,
  deleteAssignment,
  deleteGrant,
  listAssignments,
  listGrants,
  listGrantsOf,
  updateGrant,
} from './consents';
import { addFederatedCredential, deleteFederatedCredential, listFederatedCredentials } from './federated-credentials';
import {
  deleteUser,
  getAppManagementPolicy,
  getAuthorizationPolicy,
  getMe,
  getOrganization,
  getUser,
  listRoles,
  listUsers,
  revokeSessions,
  updateUser,
} from './people';
import { addPassword, removePassword } from './secrets';
import {
  createServicePrincipal,
  deleteServicePrincipal,
  getServicePrincipal,
  listServicePrincipals,
  updateServicePrincipal,
} from './service-principals';

const version = '/(?:v1\\.0|beta)';
const id = '[0-9a-f-]{36}';
/** By object id, or by application id. */
const applications = `/applications(?:/(${id})|\\(appId='(${id})'\\))(?:/microsoft\\.graph\\.agentIdentityBlueprint)?`;
const principals = `/servicePrincipals(?:/(${id})|\\(appId='(${id})'\\))`;
const grants = '/oauth2PermissionGrants';

export function ofGraph(operation: Operation, [method, path]: [string, string], handle: Route['handle']): Route {
  return routeOutsideOrganization(operation, { host: 'graph', method, path: `${version}${path}/?` }, handle);
}

/** Microsoft Graph, as far as setting an issuer up and looking after it goes. */
export const graphRoutes = [
  ofGraph('graph.applications.list', ['GET', '/applications'], listApplications),
  ofGraph('graph.applications.create', ['POST', '/applications'], createApplication),
  ofGraph('graph.applications.get', ['GET', applications], getApplication),
  ofGraph('graph.applications.update', ['PATCH', applications], updateApplication),
  ofGraph('graph.applications.delete', ['DELETE', applications], deleteApplication),
  ofGraph('graph.secrets.add', ['POST', `${applications}/addPassword`], addPassword),
  ofGraph('graph.secrets.remove', ['POST', `${applications}/removePassword`], removePassword),
  ofGraph('graph.federated.list', ['GET', `${applications}/federatedIdentityCredentials`], listFederatedCredentials),
  ofGraph('graph.federated.add', ['POST', `${applications}/federatedIdentityCredentials`], addFederatedCredential),
  ofGraph(
    'graph.federated.delete',
    ['DELETE', `${applications}/federatedIdentityCredentials/([^/]+)`],
    deleteFederatedCredential,
  ),
  ofGraph('graph.principals.list', ['GET', '/servicePrincipals'], listServicePrincipals),
  ofGraph('graph.principals.create', ['POST', '/servicePrincipals'], createServicePrincipal),
  ofGraph('graph.principals.get', ['GET', principals], getServicePrincipal),
  ofGraph('graph.principals.update', ['PATCH', principals], updateServicePrincipal),
  ofGraph('graph.principals.delete', ['DELETE', principals], deleteServicePrincipal),
  ofGraph('graph.assignments.list', ['GET', `${principals}/appRoleAssignedTo`], listAssignments),
  ofGraph('graph.assignments.add', ['POST', `${principals}/appRoleAssignedTo`], addAssignment),
  ofGraph('graph.assignments.delete', ['DELETE', `${principals}/appRoleAssignedTo/(${id})`], deleteAssignment),
  ofGraph('graph.grants.list', ['GET', grants], listGrants),
  ofGraph('graph.grants.list', ['GET', `${principals}${grants}`], listGrantsOf),
  ofGraph('graph.grants.add', ['POST', grants], addGrant),
  ofGraph('graph.grants.update', ['PATCH', `${grants}/([^/]+)`], updateGrant),
  ofGraph('graph.grants.delete', ['DELETE', `${grants}/([^/]+)`], deleteGrant),
  ofGraph('graph.me', ['GET', '/me'], getMe),
  ofGraph('graph.roles', ['GET', '/me/(?:transitiveM|m)emberOf(?:/microsoft\\.graph\\.directoryRole)?'], listRoles),
  ofGraph('graph.organization', ['GET', '/organization'], getOrganization),
  ofGraph('graph.users.list', ['GET', '/users'], listUsers),
  ofGraph('graph.users.get', ['GET', '/users/([^/]+)'], getUser),
  ofGraph('graph.users.update', ['PATCH', '/users/([^/]+)'], updateUser),
  ofGraph('graph.users.delete', ['DELETE', '/users/([^/]+)'], deleteUser),
  ofGraph('graph.users.revokeSessions', ['POST', '/users/([^/]+)/revokeSignInSessions'], revokeSessions),
  ofGraph('graph.policies.appManagement', ['GET', '/policies/defaultAppManagementPolicy'], getAppManagementPolicy),
  ofGraph('graph.policies.authorization', ['GET', '/policies/authorizationPolicy'], getAuthorizationPolicy),
];
