import type { Resource } from '../directory/directory';
import type { Application, User } from '../directory/entities';
import type { State } from '../state';
import type { Refuse } from './refusals';

const signInScopes = ['openid', 'profile', 'email', 'offline_access'];

/** What a form asks for, word by word. */
export function wantedScopes(scope: string | null): string[] {
  return (scope ?? '').split(' ').filter(Boolean);
}

/** Scopes of one resource, by their names there. */
export interface Permissions {
  resource: Resource;
  names: string[];
}

/** The permissions that a request asks for, which are all of one resource; or a refusal. */
export function readPermissions(wanted: string[], state: State, refuse: Refuse): Permissions {
  const read = wanted.filter((scope) => !signInScopes.includes(scope)).map((scope) => readScope(scope, state, refuse));
  const [first] = read;
  if (!first) {
    const text = "The request body must contain the following parameter: 'scope'.";
    throw refuse(900144, text, { error: 'invalid_request' });
  }
  if (read.some(({ resource }) => resource !== first.resource)) {
    const text = `Provided value for the input parameter scope '${wanted.join(' ')}' is not valid because it contains more than one resource.`;
    throw refuse(28000, text, { error: 'invalid_request' });
  }
  return { resource: first.resource, names: read.map(({ name }) => name) };
}

function readScope(scope: string, state: State, refuse: Refuse): { resource: Resource; name: string } {
  const { resources, graph } = state.directory;
  for (const resource of resources) {
    const own = resource.names.find((candidate) => scope.toLowerCase().startsWith(`${candidate}/`));
    const name = own === undefined ? undefined : scope.slice(own.length + 1).replace(/^\//, '');
    if (name !== undefined && isOf(resource, name)) return { resource, name };
  }
  if (isOf(graph, scope)) return { resource: graph, name: scope };
  const text = `The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope ${scope} is not valid.`;
  throw refuse(70011, text, { error: 'invalid_scope' });
}

function isOf({ scopes }: Resource, name: string): boolean {
  return name === '.default' || scopes.some(({ value }) => value === name);
}

/** What this user may have done by an application on a resource. */
export function consentedScopes(
  application: Application,
  user: User,
  { resource, state }: { resource: Resource; state: State },
): string[] {
  const principal = state.servicePrincipals.find(({ clientId }) => clientId === application.clientId);
  const forAll =
    resource === state.directory.azureDevOps ? application.permissions : (application.graphPermissions ?? []);
  const granted = principal ? state.directory.consented(principal.oid, resource.id, user.oid) : [];
  return [...new Set([...forAll, ...granted])];
}

/**
 * The scopes of the token that is given for these permissions, or a refusal where consent is missing. A token has been
 * measured to carry every consented scope of its resource, whichever of them were asked for.
 */
export function grantedScopes(
  { resource, names }: Permissions,
  { application, user, state, refuse }: { application: Application; user: User; state: State; refuse: Refuse },
): string[] {
  const consented = consentedScopes(application, user, { resource, state });
  const asked = names.includes('.default') ? consented : names;
  if (consented.length > 0 && asked.every((name) => consented.includes(name))) return consented;
  const text = `The user or administrator has not consented to use the application with ID '${application.clientId}'. Send an interactive authorization request for this user and resource.`;
  throw refuse(65001, text, { suberror: 'consent_required' });
}
