import { routesOn } from '../requests/route';
import {
  getExtension,
  getPolicy,
  getProject,
  listDefinitions,
  listExtensions,
  listPipelines,
  listProjects,
  listQueues,
} from './contents';
import { addEntitlement, deleteEntitlement, listEntitlements } from './entitlements';
import { findIdentities, getStorageKey, listSubjects } from './identities';
import { listRoleAssignments, removeRoleAssignment, removeRoleAssignments, setRoleAssignments } from './security-roles';
import { listTokensOf, revokeTokens } from './token-administration';

const of = routesOn('organization');
const ofPeople = routesOn('tokens');
const ofEntitlements = routesOn('entitlements');
const roles = '/_apis/securityroles/scopes/([^/]+)/roleassignments/resources/([^/]+)';
const extensions = '/_apis/extensionmanagement/installedextensions';
const id = '([0-9a-fA-F-]{36})';

/** What an organization holds, who is in it, and who may do what. */
export const collectionRoutes = [
  of('projects.list', ['GET', '/_apis/projects', '$top'], listProjects),
  of('projects.get', ['GET', '/_apis/projects/([^/]+)'], getProject),
  of('definitions.list', ['GET', '/([^/]+)/_apis/build/definitions', 'name', '$top'], listDefinitions),
  of('pipelines.list', ['GET', '/([^/]+)/_apis/pipelines'], listPipelines),
  of('policies.get', ['GET', '/_apis/OrganizationPolicy/Policies/([^/]+)', 'defaultValue'], getPolicy),
  of('queues.list', ['GET', '/([^/]+)/_apis/distributedtask/queues', 'queueName', 'queueNames'], listQueues),
  of('extensions.list', ['GET', extensions, 'includeDisabledExtensions'], listExtensions),
  of('extensions.get', ['GET', `${extensions}byname/([^/]+)/([^/]+)`], getExtension),
  of('roles.list', ['GET', roles], listRoleAssignments),
  of('roles.set', ['PUT', roles], setRoleAssignments),
  of('roles.remove', ['PATCH', roles], removeRoleAssignments),
  of('roles.remove', ['DELETE', `${roles}/${id}`], removeRoleAssignment),
  ofEntitlements('entitlements.add', ['POST', '/_apis/userentitlements'], addEntitlement),
  ofEntitlements('entitlements.list', ['GET', '/_apis/userentitlements', '$filter'], listEntitlements),
  ofEntitlements('entitlements.delete', ['DELETE', `/_apis/userentitlements/${id}`], deleteEntitlement),
  ofPeople(
    'tokenAdmin.list',
    ['GET', '/_apis/tokenadmin/personalaccesstokens/([^/]+)', 'pageSize', 'continuationToken', 'isPublic'],
    listTokensOf,
  ),
  ofPeople('tokenAdmin.revoke', ['POST', '/_apis/tokenadmin/revocations', 'isPublic'], revokeTokens),
  ofPeople(
    'identities.find',
    ['GET', '/_apis/identities', 'searchFilter', 'filterValue', 'identityIds', 'queryMembership'],
    findIdentities,
  ),
  ofPeople('subjects.list', ['GET', '/_apis/graph/(users|serviceprincipals)'], listSubjects),
  ofPeople('storageKeys.get', ['GET', '/_apis/graph/storagekeys/([^/]+)'], getStorageKey),
];
