import { identify, presented } from '../azure-devops/credentials';
import { signIn, unauthorized } from '../azure-devops/sign-in-answers';
import type { Project } from '../model';
import { envelope, Refusal } from '../requests/answers';
import { type Exchange, requireApiVersion } from '../requests/exchange';
import type { State } from '../state';
import { identityIdOf } from './collection';

/** Someone who acts in the organization: a person, a service principal, or the identity of a job. */
export interface Actor {
  kind: 'user' | 'app' | 'job';
  oid: string;
  displayName: string;
  uniqueName: string;
}

/**
 * The actor behind a request, whose credential must allow it by one of these scopes; or the refusal that it deserves.
 * Service principals and jobs act with all that they may do.
 */
export function requireActor(exchange: Exchange, state: State, scopes: readonly string[]): Actor {
  const actor = authenticate(exchange, state, scopes);
  const known = /^([356]\.\d|7\.[01])(-preview(\.\d+)?)?$|^7\.2-preview(\.\d+)?$/;
  requireApiVersion(exchange, (version) => known.test(version), '7.2');
  return actor;
}

function authenticate(exchange: Exchange, state: State, scopes: readonly string[]): Actor {
  if (presented(exchange)?.value === state.jobAccessToken) {
    const { oid, displayName } = state.collection.buildService;
    return { kind: 'job', oid, displayName, uniqueName: `Build\\${oid}` };
  }
  const caller = identify(exchange, state);
  if (!caller || caller.kind === 'agent') throw new Refusal(signIn(exchange, state));
  if (caller.kind === 'app') {
    const { oid, displayName, clientId } = caller.principal;
    return { kind: 'app', oid, displayName, uniqueName: clientId };
  }
  const { oid, displayName, upn } = caller.user;
  const held = caller.kind === 'pat' ? caller.pat.scope.split(' ') : caller.scopes;
  if (!held.some((scope) => [...scopes, 'user_impersonation', 'app_token'].includes(scope))) {
    throw new Refusal(unauthorized(state, caller, displayName));
  }
  return { kind: 'user', oid, displayName, uniqueName: upn };
}

export function isCollectionAdministrator({ oid }: { oid: string }, state: State): boolean {
  return state.collection.collectionAdministrators.has(oid);
}

export function isProjectAdministrator(actor: { oid: string }, state: State): boolean {
  return isCollectionAdministrator(actor, state) || state.collection.projectAdministrators.has(actor.oid);
}

/** The project that a path names, by name or id. */
export function requireProject(name: string, state: State): Project {
  const wanted = decodeURIComponent(name).toLowerCase();
  const project = state.projects.find(({ id, name: own }) => wanted === id || wanted === own.toLowerCase());
  if (project) return project;
  const text = `TF200016: The following project does not exist: ${decodeURIComponent(name)}. Verify that the name of the project is correct and that the project exists on the specified Azure DevOps Server.`;
  throw new Refusal(envelope(404, 'ProjectDoesNotExistWithNameException', text));
}

/** The refusal of a caller whose rights do not suffice. */
export function accessDenied(message: string): Refusal {
  return new Refusal(envelope(403, 'AccessDeniedException', message));
}

/** The refusal of a value that the service does not take. */
export function invalid(message: string): Refusal {
  return new Refusal(envelope(400, 'ArgumentException', message));
}

/** How the organization refers to an identity. */
export function identityRef({ oid, displayName }: { oid: string; displayName: string }, state: State) {
  const id = identityIdOf(oid);
  const known = Object.values(state.users).find((user) => user.oid === oid);
  return {
    displayName,
    url: `${state.url}/${state.organization}/_apis/Identities/${id}`,
    id,
    uniqueName: known?.upn ?? oid,
    descriptor: descriptorOf(oid),
  };
}

/** The subject descriptor of an identity of Entra. */
export function descriptorOf(oid: string): string {
  return `aad.${Buffer.from(identityIdOf(oid)).toString('base64url')}`;
}
