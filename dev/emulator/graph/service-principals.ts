import { randomUUID } from 'node:crypto';
import type { ServicePrincipal } from '../directory/entities';
import { type Answer, notKnown } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { registrationOf } from './applications';
import { actsAsUser, type GraphCaller, privileges, requireGraphCaller, requirePrivilege } from './caller';
import { alreadyThere, badRequest, denied, notFound } from './errors';
import { collection, single } from './query';

/** `GET /servicePrincipals`: those of applications, and of the resources that permissions are for. */
export function listServicePrincipals(exchange: Exchange, state: State): Answer {
  requireGraphCaller(exchange, state);
  return collection(exchange, allPrincipals(state));
}

/** `GET /servicePrincipals/{id}` and `(appId='…')` */
export function getServicePrincipal(exchange: Exchange, state: State): Answer {
  requireGraphCaller(exchange, state);
  const [id = '', appId = ''] = exchange.route.map((part) => part.toLowerCase());
  const found = allPrincipals(state).find((one) => (id ? one.id === id : one.appId === appId));
  if (!found) throw notFound(id || appId);
  return single(exchange, found);
}

/** `POST /servicePrincipals`, for an application of this tenant. */
export function createServicePrincipal(exchange: Exchange, state: State): Answer {
  const caller = requireGraphCaller(exchange, state);
  const { appId, appRoleAssignmentRequired, ...more } = exchange.json();
  if (Object.keys(more).length > 0) throw notKnown(`to the property ${Object.keys(more)[0]} of a service principal`);
  const application = state.applications.find(({ clientId }) => clientId === appId);
  if (!application || application.firstParty) {
    throw badRequest(`The appId '${appId}' of the service principal does not reference a valid application object.`);
  }
  requirePrivilege(caller, privileges.applications, { state, owns: owns(caller, application.clientId, state) });
  if (state.servicePrincipals.some(({ clientId }) => clientId === appId)) {
    throw alreadyThere(
      `The service principal cannot be created because the service principal name ${appId} is already in use.`,
    );
  }
  const { displayName } = registrationOf(application, state);
  const principal: ServicePrincipal = { clientId: application.clientId, oid: randomUUID(), displayName, member: false };
  if (appRoleAssignmentRequired === true) principal.assignmentRequired = true;
  state.servicePrincipals.push(principal);
  return { status: 201, json: principalJson(principal, state) };
}

/** `PATCH /servicePrincipals/{id}` */
export function updateServicePrincipal(exchange: Exchange, state: State): Answer {
  const caller = requireGraphCaller(exchange, state);
  const principal = requirePrincipal(exchange, state);
  requirePrivilege(caller, privileges.applications, { state, owns: owns(caller, principal.clientId, state) });
  const { appRoleAssignmentRequired, ...more } = exchange.json();
  if (typeof appRoleAssignmentRequired !== 'boolean' || Object.keys(more).length > 0) {
    throw notKnown('to a change of a service principal but whether assignment is required');
  }
  principal.assignmentRequired = appRoleAssignmentRequired;
  return { status: 204 };
}

/** `DELETE /servicePrincipals/{id}` */
export function deleteServicePrincipal(exchange: Exchange, state: State): Answer {
  const caller = requireGraphCaller(exchange, state);
  const principal = requirePrincipal(exchange, state);
  if (principal.agent) {
    // Tokens that act with everything that a user may do are refused for agents.
    if (caller.scopes.includes(actsAsUser)) throw denied();
    requirePrivilege(caller, privileges.deletedAgentIdentities, { state });
  } else {
    requirePrivilege(caller, privileges.applications, { state, owns: owns(caller, principal.clientId, state) });
  }
  state.directory.forgetPrincipal(principal.oid);
  state.servicePrincipals.splice(state.servicePrincipals.indexOf(principal), 1);
  return { status: 204 };
}

function owns({ user }: GraphCaller, clientId: string, state: State): boolean {
  const application = state.applications.find((candidate) => candidate.clientId === clientId);
  return application !== undefined && registrationOf(application, state).owners.includes(user.oid);
}

/** The service principal in a path, by its object id or the id of its application. */
export function requirePrincipal(exchange: Exchange, state: State): ServicePrincipal {
  const [id = '', appId = ''] = exchange.route.map((part) => part.toLowerCase());
  const principal = state.servicePrincipals.find((one) => (id ? one.oid === id : one.clientId === appId));
  if (!principal) throw notFound(id || appId);
  return principal;
}

function allPrincipals(state: State): Record<string, unknown>[] {
  const resources = state.directory.resources.map(({ id, appId, displayName, scopes }) => ({
    id,
    appId,
    displayName,
    servicePrincipalType: 'Application',
    accountEnabled: true,
    appRoleAssignmentRequired: false,
    oauth2PermissionScopes: scopes.map((scope) => ({ ...scope, isEnabled: true })),
    appRoles: [],
  }));
  return [...resources, ...state.servicePrincipals.map((principal) => principalJson(principal, state))];
}

export function principalJson(principal: ServicePrincipal, state: State): Record<string, unknown> {
  const { oid, clientId, displayName, assignmentRequired = false, agent } = principal;
  return {
    ...(agent ? { '@odata.type': '#microsoft.graph.agentIdentity', agentIdentityBlueprintId: agent.blueprintId } : {}),
    id: oid,
    appId: clientId,
    displayName,
    appOwnerOrganizationId: state.tenantId,
    servicePrincipalType: agent ? 'ServiceIdentity' : 'Application',
    accountEnabled: true,
    appRoleAssignmentRequired: assignmentRequired,
    oauth2PermissionScopes: [],
    appRoles: [],
  };
}
