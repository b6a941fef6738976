import type { Caller, PoolRole } from '../model';
import { Refusal } from '../requests/answers';
import { type Exchange, requireApiVersion } from '../requests/exchange';
import type { State } from '../state';
import { requireCaller, unauthorized } from './sign-in-answers';

const ranks: Record<PoolRole, number> = { view: 1, use: 2, manage: 3 };

/** Version 7.1 is released, 7.2 is a preview. */
function supportedVersion(version: string): boolean {
  const [, number, preview] = /^(\d+\.\d+)(-preview(?:\.\d+)?)?$/.exec(version) ?? [];
  return number !== undefined && (Number(number) <= 7.1 || (number === '7.2' && preview !== undefined));
}

/** The caller, whose credential must allow this by its scopes, with any roles. */
export function requireScope(exchange: Exchange, state: State, allow: (scopes: readonly string[]) => boolean): Caller {
  const caller = requireCaller(exchange, state);
  if (!allow(scopesOf(caller))) throw new Refusal(unauthorized(state, caller, nameOf(caller)));
  requireApiVersion(exchange, supportedVersion, '7.2');
  return caller;
}

/** An application acts with all that it may do; a listening agent may do nothing here. */
function scopesOf(caller: Caller): string[] {
  switch (caller.kind) {
    case 'user':
      return caller.scopes;
    case 'pat':
      return caller.pat.scope.split(' ');
    case 'app':
      return ['user_impersonation'];
    case 'agent':
      return [];
  }
}

export function nameOf(caller: Caller): string {
  switch (caller.kind) {
    case 'app':
      return caller.principal.displayName;
    case 'agent':
      return caller.agent.name;
    default:
      return caller.user.displayName;
  }
}

/** Whether the caller has at least this role on a pool, a deployment group or an environment. */
export function mayOn({ roles }: { roles: Record<string, PoolRole> }, caller: Caller, role: PoolRole): boolean {
  if (caller.kind === 'agent') return false;
  const held = roles[caller.kind === 'app' ? caller.principal.oid : caller.user.oid];
  return held !== undefined && ranks[held] >= ranks[role];
}
