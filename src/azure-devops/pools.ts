import { quoted, TaskError } from '../errors';
import type { Conversation } from '../http/conversation';
import type { Organization } from './organization';
import { askPools, type PoolToken } from './pool-api';

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
 * and one more to tell a pool that is missing from one that may not be managed.
 * https://learn.microsoft.com/rest/api/azure/devops/distributedtask/pools/get-agent-pools
 * @throws TaskError `pool-not-found`, `pool-not-manageable`, or those of askPools.
 */
export async function probe(
  conversation: Conversation,
  organization: Organization,
  token: PoolToken,
  pool: string,
): Promise<void> {
  if (pool === '') {
    await listPools(conversation, organization, token, { $top: '1' });
    return;
  }
  const manageable = await listPools(conversation, organization, token, { poolName: pool, actionFilter: 'manage' });
  if (manageable.some((found) => isSameName(found, pool))) return;
  const visible = await listPools(conversation, organization, token, { poolName: pool });
  if (visible.some((found) => isSameName(found, pool))) {
    const { name, remedy } = owners[token.kind];
    const what = `${name} may not manage the agent pool ${quoted(pool)}.`;
    throw new TaskError('pool-not-manageable', what, remedy === undefined ? {} : { remedy });
  }
  throw new TaskError(
    'pool-not-found',
    `${owners[token.kind].name} sees no agent pool ${quoted(pool)} in ${quoted(organization.name)}.`,
  );
}

/** Names of the pools that the query leaves. */
async function listPools(
  conversation: Conversation,
  organization: Organization,
  token: PoolToken,
  query: Record<string, string>,
): Promise<string[]> {
  const doing = 'Reading agent pools with the new token';
  const pools = await askPools(conversation, organization, token, { path: '', query, doing });
  return pools
    .map((pool) => (pool as { name?: unknown } | null)?.name)
    .filter((name): name is string => typeof name === 'string');
}

/** Names of pools are unique whatever their case. */
function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
