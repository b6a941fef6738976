import type { PoolRole } from '../model';
import { type Answer, malformedJson, notKnown } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import { mayChange, mayInProject } from '../service-endpoints/access';
import type { EndpointRole } from '../service-endpoints/endpoint';
import type { State } from '../state';
import { type Actor, accessDenied, isCollectionAdministrator, requireActor } from './actors';
import { identityIdOf } from './collection';
import { type Member, membersOf } from './identities';

const manage = ['vso.security_manage'];
const poolRoles: Record<string, PoolRole> = { Administrator: 'manage', User: 'use', Reader: 'view' };

/** A resource with roles: by name, as they are given to identities. */
interface Roled {
  read(): Record<string, string>;
  /** `undefined` takes the role away. */
  write(oid: string, role: string | undefined): void;
  mayWrite(actor: Actor): boolean;
}

/** `GET …/_apis/securityroles/scopes/{scope}/roleassignments/resources/{resource}` */
export function listRoleAssignments(exchange: Exchange, state: State): Answer {
  requireActor(exchange, state, [...manage, 'vso.agentpools', 'vso.serviceendpoint']);
  const resource = requireResource(exchange, state);
  const roles = state.collection.staleRoles.read(exchange.route.slice(0, 2).join('/'), resource.read());
  return assignments(roles, exchange.route[0] ?? '', state);
}

/** `PUT` of the same: gives these roles, and leaves those of others. */
export function setRoleAssignments(exchange: Exchange, state: State): Answer {
  const actor = requireActor(exchange, state, manage);
  const resource = requireResource(exchange, state);
  const given = exchange.jsonList().map(({ roleName, userId }) => {
    if (typeof roleName !== 'string' || typeof userId !== 'string') throw malformedJson();
    if (!Object.hasOwn(poolRoles, roleName)) throw notKnown(`for the role ${roleName}`);
    return { roleName, member: requireMember(userId, state) };
  });
  write(
    given.map(({ member, roleName }) => [member.oid, roleName]),
    { actor, resource, exchange, state },
  );
  return assignments(resource.read(), exchange.route[0] ?? '', state);
}

/** `PATCH` of the same, with the ids of identities that lose their roles. */
export function removeRoleAssignments(exchange: Exchange, state: State): Answer {
  const actor = requireActor(exchange, state, manage);
  const ids = exchange.jsonTexts();
  const resource = requireResource(exchange, state);
  write(
    ids.map((id) => [requireMember(id, state).oid, undefined]),
    { actor, resource, exchange, state },
  );
  return { status: 204 };
}

/** `DELETE …/resources/{resource}/{identity}` */
export function removeRoleAssignment(exchange: Exchange, state: State): Answer {
  const actor = requireActor(exchange, state, manage);
  const resource = requireResource(exchange, state);
  write([[requireMember(exchange.route[2] ?? '', state).oid, undefined]], { actor, resource, exchange, state });
  return { status: 204 };
}

function write(
  changes: [oid: string, role: string | undefined][],
  { actor, resource, exchange, state }: { actor: Actor; resource: Roled; exchange: Exchange; state: State },
): void {
  if (!resource.mayWrite(actor)) {
    throw accessDenied(
      `Access denied. ${actor.displayName} needs the Administrator role to manage the roles of this resource.`,
    );
  }
  state.collection.staleRoles.remember(exchange.route.slice(0, 2).join('/'), resource.read());
  for (const [oid, role] of changes) resource.write(oid, role);
}

function requireMember(identityId: string, state: State): Member {
  const member = membersOf(state).find(({ oid }) => identityIdOf(oid) === identityId.toLowerCase());
  if (!member) throw notKnown(`where a role is given to ${identityId}, which is no identity of the organization`);
  return member;
}

function requireResource(exchange: Exchange, state: State): Roled {
  const [scope = '', id = ''] = exchange.route.map((part) => decodeURIComponent(part).toLowerCase());
  switch (scope) {
    case 'distributedtask.agentpoolrole':
      return poolResource(Number(id), state);
    case 'distributedtask.collection.serviceendpointrole':
      return endpointResource(/^collection_([0-9a-f-]{36})$/.exec(id)?.[1], 'collectionRoles', state);
    case 'distributedtask.serviceendpointrole':
      return endpointResource(/^[0-9a-f-]{36}_([0-9a-f-]{36})$/.exec(id)?.[1], 'projectRoles', state);
    default:
      throw notKnown(`for roles of the scope ${scope}`);
  }
}

function poolResource(id: number, state: State): Roled {
  const pool = state.pools.find((candidate) => candidate.id === id);
  if (!pool) throw notKnown('for the roles of a pool that is not there');
  const nameOf = (role: PoolRole) => Object.entries(poolRoles).find(([, value]) => value === role)?.[0] ?? '';
  return {
    read: () => Object.fromEntries(Object.entries(pool.roles).map(([oid, role]) => [oid, nameOf(role)])),
    write: (oid, role) => state.setPoolRole(pool.name, { oid }, (role && poolRoles[role]) || 'none'),
    mayWrite: (actor) => pool.roles[actor.oid] === 'manage' || isCollectionAdministrator(actor, state),
  };
}

function endpointResource(id: string | undefined, level: 'collectionRoles' | 'projectRoles', state: State): Roled {
  const endpoint = state.collection.endpoints.find(id ?? '');
  if (!endpoint) throw notKnown('for the roles of a service connection that is not there');
  const roles = endpoint[level];
  return {
    read: () => ({ ...roles }),
    write: (oid, role) => {
      if (role) roles[oid] = role as EndpointRole;
      else delete roles[oid];
    },
    mayWrite: (actor) =>
      level === 'collectionRoles'
        ? mayChange(actor, { endpoint, state })
        : mayInProject(actor, 'Administrator', { endpoint, state }),
  };
}

function assignments(roles: Record<string, string>, scope: string, state: State): Answer {
  const members = membersOf(state);
  const value = Object.entries(roles).flatMap(([oid, name]) => {
    const member = members.find((candidate) => candidate.oid === oid);
    if (!member) return [];
    return {
      identity: { displayName: member.displayName, id: identityIdOf(oid), uniqueName: member.account },
      role: { displayName: name, name, allowPermissions: 0, denyPermissions: 0, identifier: `${scope}.${name}`, scope },
      access: 'assigned',
      accessDisplayName: 'Assigned',
    };
  });
  return { status: 200, json: { count: value.length, value } };
}
