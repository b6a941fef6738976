import type { Pools } from '../azure-devops/pools';
import { quoted, TaskError } from '../errors';

/** Who owns a token of each kind, and what to do if that is not the administrator of a pool. */
const owners = {
  pat: { name: 'The user of this token', remedy: undefined },
  entra: {
    name: 'The service principal of this connection',
    remedy:
      'Ask an organization administrator to give the service principal the Administrator role on this pool, in the organization settings.',
  },
} as const;

/**
 * Proves that a token works: that it may manage the pool, or, with no pool, that it may read pools at all. One request,
 * and one more to distinguish a pool that is missing from one that may not be managed.
 * https://learn.microsoft.com/rest/api/azure/devops/distributedtask/pools/get-agent-pools
 * @param pool its name; empty for any.
 * @throws TaskError `pool-not-found`, `pool-not-manageable`, or those of Pools.
 */
export async function probe(pools: Pools, pool: string): Promise<void> {
  if (pool === '') return pools.readAny();
  if (await pools.find(pool, 'manage')) return;
  const { name, remedy } = owners[pools.kind];
  if (await pools.find(pool)) {
    const what = `${name} may not manage the agent pool ${quoted(pool)}.`;
    throw new TaskError('pool-not-manageable', what, { remedy });
  }
  const organization = quoted(pools.organization.name);
  throw new TaskError('pool-not-found', `${name} sees no agent pool ${quoted(pool)} in ${organization}.`);
}
