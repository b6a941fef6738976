import { type Actor, isCollectionAdministrator, isProjectAdministrator } from '../organization/actors';
import type { State } from '../state';
import type { EndpointRole, ServiceEndpoint } from './endpoint';

const ranks: Record<EndpointRole, number> = { Reader: 1, User: 2, Creator: 2, Administrator: 3 };

/** Whether an identity has at least this role in a project of the connection, or in the collection. */
export function mayInProject(actor: Actor, role: EndpointRole, { endpoint, state }: Held): boolean {
  if (isProjectAdministrator(actor, state)) return true;
  const held = [endpoint.projectRoles[actor.oid], endpoint.collectionRoles[actor.oid]];
  return held.some((one) => one !== undefined && ranks[one] >= ranks[role]);
}

/** Whether an identity may change the connection itself: a role in a project is not enough for that. */
export function mayChange(actor: Actor, { endpoint, state }: Held): boolean {
  return isCollectionAdministrator(actor, state) || endpoint.collectionRoles[actor.oid] === 'Administrator';
}

/** How much of a connection an identity sees. */
export function sees(actor: Actor, { endpoint, state }: Held): 'everything' | 'idAndName' | 'nothing' {
  return mayInProject(actor, 'Reader', { endpoint, state }) ? 'everything' : state.collection.endpoints.withoutRole;
}

interface Held {
  endpoint: ServiceEndpoint;
  state: State;
}
