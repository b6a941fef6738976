import type { Caller, Pool } from '../../model';
import { type Answer, malformedJson, notKnown } from '../../requests/answers';
import type { Exchange } from '../../requests/exchange';
import type { State } from '../../state';
import { poolJson, poolTypeOf, requireManageablePool, requirePoolAccess } from './pools';

/** `POST /{organization}/_apis/distributedtask/pools`; whoever adds a pool administers it. */
export function addPool(exchange: Exchange, state: State): Answer {
  const caller = requirePoolAccess(exchange, state, 'manage');
  const { name, poolType, autoProvision } = exchange.json();
  if (typeof name !== 'string' || name.trim() === '') throw malformedJson();
  if (autoProvision === true) throw notKnown('for a pool that is to be in every project');
  const creator = oidOf(caller);
  if (!state.poolCreators.has(creator)) throw notKnown('to a caller who may not create pools');
  if (state.pools.some((pool) => pool.name.toLowerCase() === name.toLowerCase())) {
    throw notKnown('for a pool whose name is taken');
  }
  const pool: Pool = {
    id: Math.max(...state.pools.map(({ id }) => id)) + 1,
    name,
    isHosted: false,
    poolType: poolTypeOf(poolType === undefined ? undefined : String(poolType)) ?? 'automation',
    roles: { [creator]: 'manage' },
    agents: [],
  };
  state.pools.push(pool);
  return { status: 200, json: poolJson(pool) };
}

/** `DELETE …/pools/{poolId}`; its agents are gone with it. */
export function deletePool(exchange: Exchange, state: State): Answer {
  const pool = requireManageablePool(exchange, state);
  state.pools.splice(state.pools.indexOf(pool), 1);
  return { status: 204 };
}

function oidOf(caller: Caller): string {
  switch (caller.kind) {
    case 'app':
      return caller.principal.oid;
    case 'agent':
      return caller.agent.clientId;
    default:
      return caller.user.oid;
  }
}
