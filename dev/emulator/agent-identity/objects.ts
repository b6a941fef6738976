import { randomUUID } from 'node:crypto';
import type { Application, ServicePrincipal, User } from '../directory/entities';
import { addApplication, applicationJson, registrationOf } from '../graph/applications';
import { actsAsUser, type GraphCaller, requireGraphCaller } from '../graph/caller';
import { alreadyThere, badRequest, denied, notFound } from '../graph/errors';
import { userJson } from '../graph/people';
import { principalJson } from '../graph/service-principals';
import { type Answer, notKnown } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';

/** The caller, who needs one of these scopes and roles. Tokens that act with everything that a user may do are refused. */
function requireAgentPrivilege(exchange: Exchange, state: State, scopes: string[], roles: string[]): GraphCaller {
  const caller = requireGraphCaller(exchange, state);
  const permitted = !caller.scopes.includes(actsAsUser) && caller.scopes.some((scope) => scopes.includes(scope));
  if (!permitted || !state.directory.hasRole(caller.user.oid, ...roles)) throw denied();
  return caller;
}

const developers = ['Agent ID Developer', 'Agent ID Administrator'];

/** `POST /applications/microsoft.graph.agentIdentityBlueprint`: an application that agent identities are made of. */
export function createBlueprint(exchange: Exchange, state: State): Answer {
  const scopes = ['AgentIdentityBlueprint.Create', 'AgentIdentityBlueprint.ReadWrite.All'];
  const caller = requireAgentPrivilege(exchange, state, scopes, developers);
  const body = exchange.json();
  requireSponsor(body, state);
  const blueprint = addApplication(requireName(body), caller, state);
  registrationOf(blueprint, state).isBlueprint = true;
  return { status: 201, json: applicationJson(blueprint, state) };
}

/** `POST /servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal`, which nothing makes by itself. */
export function createBlueprintPrincipal(exchange: Exchange, state: State): Answer {
  const scopes = ['AgentIdentityBlueprintPrincipal.Create', 'AgentIdentityBlueprint.ReadWrite.All'];
  requireAgentPrivilege(exchange, state, scopes, developers);
  const blueprint = requireBlueprint(String(exchange.json().appId), state);
  if (principalOf(blueprint, state)) throw alreadyThere('The service principal exists already.');
  const { displayName } = registrationOf(blueprint, state);
  const principal = {
    clientId: blueprint.clientId,
    oid: randomUUID(),
    displayName,
    member: false,
    createdAt: state.clock.now(),
  };
  state.servicePrincipals.push(principal);
  return { status: 201, json: principalJson(principal, state) };
}

/** `POST /servicePrincipals/microsoft.graph.agentIdentity` */
export function createAgentIdentity(exchange: Exchange, state: State): Answer {
  const scopes = ['AgentIdentity.Create.All', 'AgentIdentity.ReadWrite.All'];
  requireAgentPrivilege(exchange, state, scopes, developers);
  const body = exchange.json();
  requireSponsor(body, state);
  const displayName = requireName(body);
  const blueprint = requireBlueprint(String(body.agentIdentityBlueprintId), state);
  const parent = principalOf(blueprint, state);
  if (!parent) throw badRequest('The Agent Blueprint Principal for the Agent Blueprint does not exist.');
  requireSpread(parent.createdAt, parent.oid, state);
  const identity: ServicePrincipal = {
    clientId: randomUUID(),
    oid: randomUUID(),
    displayName,
    member: false,
    createdAt: state.clock.now(),
    agent: { blueprintId: blueprint.clientId },
  };
  state.servicePrincipals.push(identity);
  return { status: 201, json: principalJson(identity, state) };
}

/** `POST /beta/users` for an agent's user: one for each identity, who cannot sign in by themselves. */
export function createAgentUser(exchange: Exchange, state: State): Answer {
  if (!/^\/beta\//i.test(exchange.record.path)) throw notKnown('to an agent user in version 1.0');
  const scopes = ['AgentIdUser.ReadWrite.All'];
  requireAgentPrivilege(exchange, state, scopes, ['Agent ID Administrator']);
  const body = exchange.json();
  const displayName = requireName(body);
  const { userPrincipalName: upn, mailNickname, accountEnabled, identityParentId } = body;
  if (String(body['@odata.type']).replace('#', '') !== 'microsoft.graph.agentUser')
    throw badRequest('Only agent users are known.');
  if (typeof upn !== 'string' || !upn.endsWith(`@${state.tenantDomain}`) || typeof mailNickname !== 'string') {
    throw badRequest(
      "Property userPrincipalName is invalid: its domain must be one of the organization's verified domains.",
    );
  }
  if (typeof accountEnabled !== 'boolean') throw badRequest('A value is required for property accountEnabled.');
  const identity = state.servicePrincipals.find(({ oid, agent }) => agent && oid === identityParentId);
  if (!identity) throw notFound(String(identityParentId));
  requireSpread(identity.createdAt, identity.oid, state);
  const users = Object.values(state.users);
  if (users.some((user) => user.upn === upn || user.agentIdentityId === identity.oid)) {
    throw alreadyThere(
      'Another object with the same value for property userPrincipalName or identityParentId already exists.',
    );
  }
  const user: User = {
    tid: state.tenantId,
    oid: randomUUID(),
    displayName,
    upn,
    member: false,
    agentIdentityId: identity.oid,
  };
  user.disabled = !accountEnabled;
  state.users[mailNickname] = user;
  return { status: 201, json: userJson(user) };
}

/** A parent that was made a moment ago is not known everywhere yet. */
function requireSpread(createdAt: number | undefined, id: string, state: State): void {
  if (createdAt === undefined || createdAt + state.directory.newAgentDelaySeconds * 1000 <= state.clock.now()) return;
  throw badRequest(`Object with id ${id} not found.`);
}

function requireBlueprint(appId: string, state: State): Application {
  const application = state.applications.find((candidate) => candidate.clientId === appId);
  if (!application || !registrationOf(application, state).isBlueprint) throw notFound(appId);
  requireSpread(registrationOf(application, state).createdAt, appId, state);
  return application;
}

function principalOf({ clientId }: Application, state: State): ServicePrincipal | undefined {
  return state.servicePrincipals.find((principal) => principal.clientId === clientId);
}

/** The user who answers for the agent. */
function requireSponsor(body: Record<string, unknown>, state: State): void {
  const bound = body['sponsors@odata.bind'];
  const [sponsor] = Array.isArray(bound) ? bound : [];
  const [, oid] = /\/users\/([^/]+)$/.exec(String(sponsor)) ?? [];
  if (Object.values(state.users).some((user) => user.oid === oid)) return;
  throw badRequest('No sponsor specified. Please provide at least one user as sponsor.');
}

function requireName({ displayName }: Record<string, unknown>): string {
  if (typeof displayName === 'string' && displayName !== '') return displayName;
  throw badRequest('A value is required for property displayName.');
}
