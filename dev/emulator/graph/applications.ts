import { randomUUID } from 'node:crypto';
import type { Application } from '../directory/entities';
import { newRegistration, type Registration } from '../directory/registration';
import { type Answer, jsonObject, notKnown } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import {
  actsAsUser,
  type GraphCaller,
  type Privilege,
  privileges,
  requireGraphCaller,
  requirePrivilege,
} from './caller';
import { badRequest, denied, notFound } from './errors';
import { collection, single } from './query';
import { secretsOf } from './shown-secrets';

/** What an application says of itself; those that were there from the start get it when it is first looked at. */
export function registrationOf(application: Application, state: State): Registration {
  const principal = state.servicePrincipals.find(({ clientId }) => clientId === application.clientId);
  application.registration ??= newRegistration(principal?.displayName ?? application.clientId, state.clock.now());
  return application.registration;
}

/** The application in a path, by its object id or its application id. */
export function requireApplication(exchange: Exchange, state: State): Application {
  const [id = '', appId = ''] = exchange.route.map((part) => part.toLowerCase());
  const application = state.applications
    .filter((candidate) => !candidate.firstParty)
    .find((candidate) => (id ? registrationOf(candidate, state).id === id : candidate.clientId === appId));
  if (!application) throw notFound(id || appId);
  return application;
}

/** The application in a path, which the caller must own, or be privileged to change. */
export function requireOwnApplication(
  exchange: Exchange,
  state: State,
  ofBlueprints: Privilege = privileges.blueprints,
): { application: Application; caller: GraphCaller } {
  const caller = requireGraphCaller(exchange, state);
  const application = requireApplication(exchange, state);
  const { owners, isBlueprint } = registrationOf(application, state);
  const owns = owners.includes(caller.user.oid);
  // Tokens that act with everything that a user may do are refused for agents.
  if (isBlueprint && caller.scopes.includes(actsAsUser)) throw denied();
  requirePrivilege(caller, isBlueprint ? ofBlueprints : privileges.applications, { state, owns });
  return { application, caller };
}

/** `GET /applications` */
export function listApplications(exchange: Exchange, state: State): Answer {
  requireGraphCaller(exchange, state);
  const registered = state.applications.filter(({ firstParty }) => !firstParty);
  return collection(
    exchange,
    registered.map((application) => applicationJson(application, state)),
  );
}

/** `GET /applications/{id}` */
export function getApplication(exchange: Exchange, state: State): Answer {
  requireGraphCaller(exchange, state);
  return single(exchange, applicationJson(requireApplication(exchange, state), state));
}

/** `POST /applications` */
export function createApplication(exchange: Exchange, state: State): Answer {
  const caller = requireGraphCaller(exchange, state);
  requirePrivilege(caller, privileges.applications, { state, owns: state.directory.usersMayRegister });
  const body = exchange.json();
  if ('@odata.type' in body) throw notKnown('where an application of a special kind is made here');
  if (typeof body.displayName !== 'string' || body.displayName === '') {
    throw badRequest("Invalid value specified for property 'displayName' of resource 'Application'.");
  }
  const application = addApplication(body.displayName, caller, state);
  change(application, body, state);
  return { status: 201, json: applicationJson(application, state) };
}

export function addApplication(displayName: string, { user }: GraphCaller, state: State): Application {
  const registration = newRegistration(displayName, state.clock.now());
  registration.owners.push(user.oid);
  const application: Application = {
    clientId: randomUUID(),
    permissions: [],
    passwords: [],
    federatedCredentials: [],
    registration,
  };
  state.applications.push(application);
  return application;
}

/** `PATCH /applications/{id}` */
export function updateApplication(exchange: Exchange, state: State): Answer {
  const { application } = requireOwnApplication(exchange, state);
  change(application, exchange.json(), state);
  return { status: 204 };
}

function change(application: Application, body: Record<string, unknown>, state: State): void {
  const registration = registrationOf(application, state);
  for (const [name, value] of Object.entries(body)) {
    switch (name) {
      case 'displayName':
        registration.displayName = String(value);
        break;
      case 'signInAudience':
        if (value !== 'AzureADMyOrg' && value !== 'AzureADMultipleOrgs') throw notKnown(`for the audience ${value}`);
        application.multiTenant = value === 'AzureADMultipleOrgs';
        break;
      case 'isFallbackPublicClient':
        registration.isFallbackPublicClient = value === true;
        break;
      case 'requiredResourceAccess':
        registration.requiredResourceAccess = requireResourceAccess(value, state);
        break;
      case 'web':
      case 'spa':
      case 'publicClient':
        registration.redirects[name] = requireRedirects(jsonObject(value).redirectUris);
        break;
      default:
        throw notKnown(`to the property ${name} of an application`);
    }
  }
}

function requireRedirects(value: unknown): string[] {
  const uris = Array.isArray(value) ? value.map(String) : [];
  for (const uri of uris) {
    const isLocal = /^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?(\/|$)/.test(uri);
    if (!isLocal && !uri.startsWith('https://')) throw badRequest(`The redirect URI '${uri}' is not valid.`);
  }
  return uris;
}

function requireResourceAccess(value: unknown, state: State): unknown[] {
  const wanted = Array.isArray(value) ? value.map(jsonObject) : [];
  for (const { resourceAppId, resourceAccess } of wanted) {
    const resource = state.directory.resources.find(({ appId }) => appId === resourceAppId);
    if (!resource) throw notKnown(`for permissions on ${resourceAppId}`);
    const asked = Array.isArray(resourceAccess) ? resourceAccess.map(jsonObject) : [];
    if (!asked.every(({ id, type }) => type === 'Scope' && resource.scopes.some((scope) => scope.id === id))) {
      throw badRequest("Invalid value specified for property 'resourceAccess' of resource 'RequiredResourceAccess'.");
    }
  }
  return wanted;
}

/** `DELETE /applications/{id}`, with its service principal and consents. */
export function deleteApplication(exchange: Exchange, state: State): Answer {
  const { application } = requireOwnApplication(exchange, state, privileges.deletedBlueprints);
  state.applications.splice(state.applications.indexOf(application), 1);
  const principal = state.servicePrincipals.find(({ clientId }) => clientId === application.clientId);
  if (principal) state.directory.forgetPrincipal(principal.oid);
  if (principal) state.servicePrincipals.splice(state.servicePrincipals.indexOf(principal), 1);
  return { status: 204 };
}

export function applicationJson(application: Application, state: State): Record<string, unknown> {
  const { id, displayName, createdAt, redirects, isBlueprint, ...registration } = registrationOf(application, state);
  return {
    ...(isBlueprint ? { '@odata.type': '#microsoft.graph.agentIdentityBlueprint' } : {}),
    id,
    appId: application.clientId,
    displayName,
    createdDateTime: new Date(createdAt).toISOString(),
    signInAudience: application.multiTenant ? 'AzureADMultipleOrgs' : 'AzureADMyOrg',
    isFallbackPublicClient: registration.isFallbackPublicClient,
    requiredResourceAccess: registration.requiredResourceAccess,
    web: { redirectUris: redirects.web },
    spa: { redirectUris: redirects.spa },
    publicClient: { redirectUris: redirects.publicClient },
    keyCredentials: [],
    passwordCredentials: secretsOf(application, state).map(({ secretText, ...shown }) => ({
      ...shown,
      hint: secretText.slice(0, 3),
      secretText: null,
    })),
  };
}
