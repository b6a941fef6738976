import type { Organization } from '../azure-devops/organization';
import { askPools, type PoolToken } from '../azure-devops/pool-api';
import { quoted, TaskError } from '../errors';
import type { Conversation } from '../http/conversation';

/** An agent of a pool, as the service tells it. */
export interface Agent {
  id: number;
  name: string;
  /** Online, and not disabled. */
  online: boolean;
  /** By an administrator: it is given no jobs, online or not. */
  disabled: boolean;
  /** ISO 8601, UTC: when it came or went; undefined where the service does not tell. */
  since?: string;
}

/** One pool, and who asks for it. */
export interface PoolView {
  organization: Organization;
  token: PoolToken;
  poolId: number;
}

/** A pool can have thousands of agents. */
const largestList = 16 * 1024 * 1024;

/**
 * Finds a pool by its name.
 * https://learn.microsoft.com/rest/api/azure/devops/distributedtask/pools/get-agent-pools
 * @throws TaskError `pool-not-found`, or those of askPools.
 */
export async function openPool(
  conversation: Conversation,
  organization: Organization,
  token: PoolToken,
  pool: string,
): Promise<PoolView> {
  const doing = 'Reading agent pools';
  const pools = await askPools(conversation, organization, token, { path: '', query: { poolName: pool }, doing });
  for (const found of pools) {
    const { id, name } = (found ?? {}) as Record<string, unknown>;
    const same = typeof name === 'string' && name.toLowerCase() === pool.toLowerCase();
    if (same && Number.isSafeInteger(id)) return { organization, token, poolId: id as number };
  }
  throw new TaskError('pool-not-found', `There is no agent pool ${quoted(pool)} in ${quoted(organization.name)}.`);
}

/**
 * All agents of a pool.
 * https://learn.microsoft.com/rest/api/azure/devops/distributedtask/agents/list
 * @throws TaskError those of askPools.
 */
export async function listAgents(conversation: Conversation, view: PoolView): Promise<Agent[]> {
  const agents = await askPools(conversation, view.organization, view.token, {
    path: `/${view.poolId}/agents`,
    query: { includeCapabilities: 'false' },
    doing: 'Reading the agents of the pool',
    largest: largestList,
  });
  return agents.map(readAgent).filter((agent) => agent !== undefined);
}

/**
 * What an agent can do, with names in lower case. Asked for one agent at a time: the capabilities of a whole pool are
 * megabytes.
 * @throws TaskError those of askPools.
 */
export async function readCapabilities(
  conversation: Conversation,
  view: PoolView,
  { name, id }: Agent,
): Promise<Map<string, string>> {
  const [agent] = await askPools(conversation, view.organization, view.token, {
    path: `/${view.poolId}/agents`,
    query: { agentName: name, includeCapabilities: 'true' },
    doing: 'Reading the capabilities of an agent',
    largest: largestList,
  });
  const { id: told, systemCapabilities, userCapabilities } = (agent ?? {}) as Record<string, unknown>;
  if (told !== id) return new Map();
  const all: [string, unknown][] = Object.entries({ ...asObject(systemCapabilities), ...asObject(userCapabilities) });
  return new Map(all.map(([key, value]) => [key.toLowerCase(), typeof value === 'string' ? value : '']));
}

function readAgent(agent: unknown): Agent | undefined {
  const { id, name, status, enabled, statusChangedOn } = (agent ?? {}) as Record<string, unknown>;
  if (!Number.isSafeInteger(id) || typeof name !== 'string') return undefined;
  const changed = typeof statusChangedOn === 'string' ? Date.parse(statusChangedOn) : Number.NaN;
  return {
    id: id as number,
    name,
    online: status === 'online' && enabled !== false,
    disabled: enabled === false,
    ...(!Number.isNaN(changed) && { since: new Date(changed).toISOString() }),
  };
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
