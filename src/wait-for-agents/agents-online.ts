import type { Pool, Pools } from '../azure-devops/pools';
import { quoted, TaskError } from '../errors';

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

/** One pool that is looked at again and again. */
export class PoolView {
  readonly #pools: Pools;
  readonly #pool: Pool;

  constructor(pools: Pools, pool: Pool) {
    this.#pools = pools;
    this.#pool = pool;
  }

  /**
   * All agents of the pool.
   * @throws TaskError those of Pools.
   */
  async agents(): Promise<Agent[]> {
    return (await this.#pools.agents(this.#pool)).map(readAgent).filter((agent) => agent !== undefined);
  }

  /**
   * What an agent can do, with names in lower case.
   * @throws TaskError those of Pools.
   */
  async capabilities({ name, id }: Agent): Promise<Map<string, string>> {
    const found: Record<string, unknown> = { ...Object(await this.#pools.agentNamed(this.#pool, name)) };
    if (found.id !== id) return new Map();
    const all: Record<string, unknown> = { ...Object(found.systemCapabilities), ...Object(found.userCapabilities) };
    return new Map(
      Object.entries(all).map(([key, value]) => [key.toLowerCase(), typeof value === 'string' ? value : '']),
    );
  }
}

/**
 * Finds a pool by its name.
 * @throws TaskError `pool-not-found`, or those of Pools.
 */
export async function openPool(pools: Pools, name: string): Promise<PoolView> {
  const pool = await pools.find(name);
  if (pool) return new PoolView(pools, pool);
  const organization = quoted(pools.organization.name);
  throw new TaskError('pool-not-found', `There is no agent pool ${quoted(name)} in ${organization}.`);
}

function readAgent(agent: unknown): Agent | undefined {
  const { id, name, status, enabled, statusChangedOn }: Record<string, unknown> = { ...Object(agent) };
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || typeof name !== 'string') return undefined;
  const changed = typeof statusChangedOn === 'string' ? Date.parse(statusChangedOn) : Number.NaN;
  return {
    id,
    name,
    online: status === 'online' && enabled !== false,
    disabled: enabled === false,
    ...(!Number.isNaN(changed) && { since: new Date(changed).toISOString() }),
  };
}
