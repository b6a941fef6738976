import type { Caller, Pool, PoolRole } from '../../model';
import { type Answer, envelope, notKnown, Refusal, wrapped } from '../../requests/answers';
import type { Exchange } from '../../requests/exchange';
import type { State } from '../../state';
import { mayOn, nameOf, requireScope } from '../access';
import { allowPools } from '../scopes';

/** The caller, whose credential must let it look at pools, or manage them. */
export function requirePoolAccess(exchange: Exchange, state: State, access: 'read' | 'manage'): Caller {
  return requireScope(exchange, state, (scopes) => allowPools(scopes, access));
}

/** The pool in the path, which the caller must be able to see. */
export function requirePool(exchange: Exchange, caller: Caller, state: State): Pool {
  const id = Number(exchange.route[0]);
  const pool = state.pools.find((candidate) => candidate.id === id);
  if (pool && mayOn(pool, caller, 'view')) return pool;
  const text = `Agent pool not found: ${id}.`;
  throw new Refusal(taskException(404, 'TaskAgentPoolNotFoundException', text));
}

/** The same, where the caller must manage it. */
export function requireManageablePool(exchange: Exchange, state: State): Pool {
  const caller = requirePoolAccess(exchange, state, 'manage');
  const pool = requirePool(exchange, caller, state);
  if (mayOn(pool, caller, 'manage')) return pool;
  const text = `Access denied. ${nameOf(caller)} needs Manage permissions for pool ${pool.name} to perform the action. For more information, contact the Azure DevOps Server administrator.`;
  throw new Refusal(envelope(403, 'AccessDeniedException', text));
}

/** An exception of the services for pools and agents. */
export function taskException(status: number, typeKey: string, message: string): Answer {
  const assembly = 'Microsoft.TeamFoundation.DistributedTask.WebApi';
  return wrapped(status, { typeKey, message, typeName: `${assembly}, ${assembly}` });
}

/** `GET /{organization}/_apis/distributedtask/pools` */
export function listPools(exchange: Exchange, state: State): Answer {
  const caller = requirePoolAccess(exchange, state, 'read');
  const name = exchange.query('poolName')?.toLowerCase();
  const ids = readIds(exchange.query('poolIds'));
  const poolType = poolTypeOf(exchange.query('poolType'));
  const role = roleOf(exchange.query('actionFilter'));
  const top = exchange.count('$top');
  const value = state.pools
    .filter((pool) => name === undefined || pool.name.toLowerCase() === name)
    .filter((pool) => ids === undefined || ids.includes(pool.id))
    .filter((pool) => poolType === undefined || pool.poolType === poolType)
    .filter((pool) => mayOn(pool, caller, role))
    .slice(0, top)
    .map(poolJson);
  return { status: 200, json: { count: value.length, value } };
}

/** `GET …/pools/{poolId}` */
export function getPool(exchange: Exchange, state: State): Answer {
  const caller = requirePoolAccess(exchange, state, 'read');
  return { status: 200, json: poolJson(requirePool(exchange, caller, state)) };
}

function readIds(text: string | undefined): number[] | undefined {
  const ids = text?.split(',').map(Number);
  if (ids?.some((id) => !Number.isInteger(id))) throw notKnown(`where poolIds is ${text}`);
  return ids;
}

/** Enumerations may be written by name or, as the client library does, by number. */
export function roleOf(actionFilter: string | undefined): PoolRole {
  switch (actionFilter?.toLowerCase() ?? 'none') {
    case 'none':
    case '0':
      return 'view';
    case 'manage':
    case '2':
      return 'manage';
    case 'use':
    case '16':
      return 'use';
    default:
      throw new Refusal(envelope(400, 'ArgumentException', `The value '${actionFilter}' is not valid.`));
  }
}

export function poolTypeOf(poolType: string | undefined): Pool['poolType'] | undefined {
  switch (poolType?.toLowerCase()) {
    case undefined:
      return undefined;
    case 'automation':
    case '1':
      return 'automation';
    case 'deployment':
    case '2':
      return 'deployment';
    default:
      throw new Refusal(envelope(400, 'ArgumentException', `The value '${poolType}' is not valid.`));
  }
}

export function poolJson(pool: Pool) {
  const { id, name, isHosted, poolType, agents } = pool;
  return {
    createdOn: '2024-03-01T09:00:00.123Z',
    autoProvision: false,
    autoUpdate: true,
    autoSize: true,
    targetSize: null,
    agentCloudId: isHosted ? 1 : null,
    id,
    scope: '00000000-0000-0000-0000-000000000000',
    name,
    isHosted,
    poolType,
    size: agents.length,
    isLegacy: false,
    options: 'none',
  };
}
