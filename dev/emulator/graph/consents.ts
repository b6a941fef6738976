import { randomUUID } from 'node:crypto';
import type { AppRoleAssignment, PermissionGrant } from '../directory/directory';
import { type Answer, notKnown } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { privileges, requireGraphCaller, requirePrivilege } from './caller';
import { alreadyThere, badRequest, denied, notFound } from './errors';
import { collection } from './query';
import { requirePrincipal } from './service-principals';

/** `appRoleId` of an assignment without a role of its own. */
const defaultAppRole = '00000000-0000-0000-0000-000000000000';

/** `GET /servicePrincipals/{id}/appRoleAssignedTo` */
export function listAssignments(exchange: Exchange, state: State): Answer {
  requireGraphCaller(exchange, state);
  const { oid } = requirePrincipal(exchange, state);
  const assigned = state.directory.assignments.filter(({ resourceId }) => resourceId === oid);
  return collection(
    exchange,
    assigned.map((assignment) => assignmentJson(assignment, state)),
  );
}

/** `POST` of the same: of a user, without a role. */
export function addAssignment(exchange: Exchange, state: State): Answer {
  const caller = requireGraphCaller(exchange, state);
  const principal = requirePrincipal(exchange, state);
  requirePrivilege(caller, privileges.assignments, { state });
  const { principalId, resourceId, appRoleId } = exchange.json();
  if (resourceId !== principal.oid) throw badRequest('Not a valid reference update.');
  if (appRoleId !== defaultAppRole) throw badRequest('Permission being assigned was not found on application.');
  const user = Object.values(state.users).find(({ oid }) => oid === principalId);
  if (!user) throw notFound(String(principalId));
  const { assignments } = state.directory;
  if (assignments.some((one) => one.resourceId === resourceId && one.principalId === principalId)) {
    throw badRequest('Permission being assigned already exists on the object.');
  }
  const added = { id: randomUUID(), appRoleId, principalId: user.oid, resourceId, createdAt: state.clock.now() };
  assignments.push(added);
  return { status: 201, json: assignmentJson(added, state) };
}

/** `DELETE /servicePrincipals/{id}/appRoleAssignedTo/{assignmentId}` */
export function deleteAssignment(exchange: Exchange, state: State): Answer {
  const caller = requireGraphCaller(exchange, state);
  const { oid } = requirePrincipal(exchange, state);
  requirePrivilege(caller, privileges.assignments, { state });
  const { assignments } = state.directory;
  const index = assignments.findIndex(({ id, resourceId }) => id === exchange.route[2] && resourceId === oid);
  if (index < 0) throw notFound(exchange.route[2] ?? '');
  assignments.splice(index, 1);
  return { status: 204 };
}

function assignmentJson({ createdAt, ...assignment }: AppRoleAssignment, state: State): Record<string, unknown> {
  const user = Object.values(state.users).find(({ oid }) => oid === assignment.principalId);
  const resource = state.servicePrincipals.find(({ oid }) => oid === assignment.resourceId);
  return {
    ...assignment,
    createdDateTime: new Date(createdAt).toISOString(),
    principalDisplayName: user?.displayName,
    principalType: 'User',
    resourceDisplayName: resource?.displayName,
  };
}

/** `GET /oauth2PermissionGrants` */
export function listGrants(exchange: Exchange, state: State): Answer {
  requireGraphCaller(exchange, state);
  return collection(
    exchange,
    allGrants(state).map((grant) => ({ ...grant })),
  );
}

/** `GET /servicePrincipals/{id}/oauth2PermissionGrants` */
export function listGrantsOf(exchange: Exchange, state: State): Answer {
  requireGraphCaller(exchange, state);
  const { oid } = requirePrincipal(exchange, state);
  const its = allGrants(state).filter(({ clientId }) => clientId === oid);
  return collection(
    exchange,
    its.map((grant) => ({ ...grant })),
  );
}

/** Those of Graph, and what applications were consented to for everyone from the start. */
function allGrants(state: State): PermissionGrant[] {
  const resourceId = state.directory.azureDevOps.id;
  const forAll = state.servicePrincipals.flatMap(({ oid, clientId }): PermissionGrant[] => {
    const scope = state.applications.find((one) => one.clientId === clientId)?.permissions.join(' ');
    if (!scope) return [];
    return [{ id: `all-${oid}`, clientId: oid, resourceId, consentType: 'AllPrincipals', principalId: null, scope }];
  });
  return [...forAll, ...state.directory.grants];
}

/** `POST /oauth2PermissionGrants`, of version 1.0 alone. */
export function addGrant(exchange: Exchange, state: State): Answer {
  const caller = requireGraphCaller(exchange, state);
  if (/^\/beta\//i.test(exchange.record.path)) throw denied();
  requirePrivilege(caller, privileges.grants, { state });
  const { clientId, consentType, principalId = null, resourceId, scope, startTime } = exchange.json();
  const resource = state.directory.resources.find(({ id }) => id === resourceId);
  if (!state.servicePrincipals.some(({ oid }) => oid === clientId) || !resource) throw notFound(String(clientId));
  if (consentType !== 'AllPrincipals' && consentType !== 'Principal') throw badRequest('Invalid consentType.');
  const ofUser = Object.values(state.users).some(({ oid }) => oid === principalId);
  if (consentType === 'Principal' ? !ofUser : principalId !== null) throw badRequest('Invalid principalId.');
  if (state.directory.grantsNeedStartTime && startTime === undefined) throw badRequest('startTime is required.');
  const added: PermissionGrant = {
    id: randomUUID(),
    clientId: String(clientId),
    resourceId: resource.id,
    consentType,
    principalId: principalId === null ? null : String(principalId),
    scope: requireScopes(scope, resource.scopes),
  };
  const isSame = (one: PermissionGrant) =>
    one.clientId === added.clientId && one.resourceId === added.resourceId && one.principalId === added.principalId;
  if (allGrants(state).some(isSame)) throw alreadyThere('Permission entry already exists.');
  state.directory.grants.push(added);
  return { status: 201, json: added };
}

function requireScopes(scope: unknown, known: { value: string }[]): string {
  const names = String(scope ?? '')
    .split(' ')
    .filter(Boolean);
  if (names.length > 0 && names.every((name) => known.some(({ value }) => value === name))) return names.join(' ');
  throw badRequest(`The scope '${scope}' is not valid.`);
}

/** `PATCH /oauth2PermissionGrants/{id}` */
export function updateGrant(exchange: Exchange, state: State): Answer {
  const grant = requireGrant(exchange, state);
  const resource = state.directory.resources.find(({ id }) => id === grant.resourceId);
  const { scope, ...more } = exchange.json();
  if (Object.keys(more).length > 0) throw notKnown('to a change of a grant but of its scope');
  grant.scope = requireScopes(scope, resource?.scopes ?? []);
  return { status: 204 };
}

/** `DELETE /oauth2PermissionGrants/{id}` */
export function deleteGrant(exchange: Exchange, state: State): Answer {
  const grant = requireGrant(exchange, state);
  state.directory.grants.splice(state.directory.grants.indexOf(grant), 1);
  return { status: 204 };
}

/** The grant in a path, which is then one of Graph's own also where another had made it. */
function requireGrant(exchange: Exchange, state: State): PermissionGrant {
  requirePrivilege(requireGraphCaller(exchange, state), privileges.grants, { state });
  const id = exchange.route[0] ?? '';
  const grant = allGrants(state).find((one) => one.id === id);
  if (!grant) throw notFound(id);
  if (state.directory.grants.includes(grant)) return grant;
  const principal = state.servicePrincipals.find(({ oid }) => oid === grant.clientId);
  const application = state.applications.find(({ clientId }) => clientId === principal?.clientId);
  if (application) application.permissions = [];
  state.directory.grants.push(grant);
  return grant;
}
