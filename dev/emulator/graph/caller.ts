import type { User } from '../directory/entities';
import { verifyJwt } from '../entra/jwt';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { denied, graphError } from './errors';

/** A person who calls Microsoft Graph through some application. */
export interface GraphCaller {
  user: User;
  scopes: string[];
}

/** The caller, whose token must be for Graph, genuine and live. */
export function requireGraphCaller(exchange: Exchange, state: State): GraphCaller {
  const [, token = ''] = /^bearer +(\S+)$/i.exec(exchange.header('authorization') ?? '') ?? [];
  const claims = verifyJwt(token);
  const { names } = state.directory.graph;
  if (!claims || !names.includes(String(claims.aud))) {
    throw graphError(401, 'InvalidAuthenticationToken', token === '' ? 'Access token is empty.' : 'Invalid audience.');
  }
  if (Number(claims.exp) * 1000 <= state.clock.now()) {
    const text = 'Lifetime validation failed, the token is expired.';
    throw graphError(401, 'InvalidAuthenticationToken', text);
  }
  const user = Object.values(state.users).find(({ oid }) => oid === claims.oid);
  if (!user || user.disabled) throw graphError(401, 'InvalidAuthenticationToken', 'The user account is disabled.');
  return { user, scopes: String(claims.scp).split(' ') };
}

/** What an operation takes: one of these scopes, and one of these roles unless the caller owns what it is about. */
export interface Privilege {
  scopes: readonly string[];
  roles: readonly string[];
}

const appRoles = ['Application Administrator', 'Cloud Application Administrator'];

export const privileges = {
  applications: { scopes: ['Application.ReadWrite.All'], roles: appRoles },
  blueprints: {
    scopes: ['AgentIdentityBlueprint.AddRemoveCreds.All', 'AgentIdentityBlueprint.ReadWrite.All'],
    roles: ['Agent ID Developer', 'Agent ID Administrator'],
  },
  deletedBlueprints: {
    scopes: ['AgentIdentityBlueprint.DeleteRestore.All', 'AgentIdentityBlueprint.ReadWrite.All'],
    roles: ['Agent ID Administrator'],
  },
  deletedAgentIdentities: { scopes: ['AgentIdentity.DeleteRestore.All'], roles: ['Agent ID Administrator'] },
  agentUsers: {
    scopes: ['AgentIdUser.ReadWrite.All', 'User.ReadWrite.All'],
    roles: ['Agent ID Administrator', 'User Administrator'],
  },
  assignments: { scopes: ['AppRoleAssignment.ReadWrite.All'], roles: [...appRoles, 'Privileged Role Administrator'] },
  grants: {
    scopes: ['DelegatedPermissionGrant.ReadWrite.All'],
    roles: [...appRoles, 'Privileged Role Administrator'],
  },
  users: { scopes: ['User.ReadWrite.All', 'User.RevokeSessions.All'], roles: ['User Administrator'] },
} satisfies Record<string, Privilege>;

/** A token that acts with all the roles of its user; others are limited to their scopes as well. */
export const actsAsUser = 'Directory.AccessAsUser.All';

export function requirePrivilege(
  { user, scopes }: GraphCaller,
  { scopes: sufficient, roles }: Privilege,
  { state, owns = false }: { state: State; owns?: boolean },
): void {
  const permitted = scopes.some((scope) => scope === actsAsUser || sufficient.includes(scope));
  if (!permitted || !(owns || state.directory.hasRole(user.oid, ...roles))) throw denied();
}
