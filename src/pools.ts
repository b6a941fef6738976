import { quoted, TaskError } from './errors';
import type { Organization } from './hosts';
import type { Answer, Conversation } from './http';
import type { Secret } from './secret';

/** A fresh token may not be known everywhere at once. */
const replicationTime = 10_000;
const firstPause = 250;

/**
 * Proves that a token works: that it may manage the pool, or, with no pool, that it may read pools at all. One request,
 * and one more to tell a pool that is missing from one that may not be managed.
 * https://learn.microsoft.com/rest/api/azure/devops/distributedtask/pools/get-agent-pools
 * @throws TaskError `token-not-accepted`, `pool-not-found`, `pool-not-manageable`, `response-malformed`, or those of
 * Conversation.
 */
export async function probe(
  conversation: Conversation,
  organization: Organization,
  token: Secret,
  pool: string,
): Promise<void> {
  if (pool === '') {
    await listPools(conversation, organization, token, { $top: '1' });
    return;
  }
  const manageable = await listPools(conversation, organization, token, { poolName: pool, actionFilter: 'manage' });
  if (manageable.some((name) => isSameName(name, pool))) return;
  const visible = await listPools(conversation, organization, token, { poolName: pool });
  if (visible.some((name) => isSameName(name, pool))) {
    throw new TaskError('pool-not-manageable', `The user of this token may not manage the agent pool ${quoted(pool)}.`);
  }
  throw new TaskError(
    'pool-not-found',
    `There is no agent pool ${quoted(pool)} in ${quoted(organization.name)} that the user of this token can see.`,
  );
}

/** Names of the pools that the query leaves. */
async function listPools(
  conversation: Conversation,
  organization: Organization,
  token: Secret,
  query: Record<string, string>,
): Promise<string[]> {
  const parameters = new URLSearchParams({ ...query, 'api-version': '7.1' });
  const started = conversation.now();
  for (let pause = firstPause; ; pause *= 2) {
    const answer = await conversation.ask({
      method: 'GET',
      url: `${organization.url}/_apis/distributedtask/pools?${parameters}`,
      headers: {
        Authorization: `Basic ${Buffer.from(`:${token.reveal()}`).toString('base64')}`,
        Accept: 'application/json',
        'X-TFS-FedAuthRedirect': 'Suppress',
      },
      doing: 'Reading agent pools with the new token',
      secrets: [token],
      again: 'any-fault',
    });
    const left = started + replicationTime - conversation.now();
    if (!answer.asksToSignIn || left <= 0) return poolNames(answer);
    if (!(await conversation.pause(Math.min(pause, left)))) return poolNames(answer);
  }
}

function poolNames(answer: Answer): string[] {
  if (answer.asksToSignIn || (answer.status >= 400 && answer.status < 500)) {
    const reason = answer.quote(answer.field('message'));
    throw new TaskError(
      'token-not-accepted',
      `Azure DevOps answered ${answer.status} when the new token was tried on agent pools${reason && `: ${reason}`}.`,
    );
  }
  const pools = answer.field('value');
  if (answer.status !== 200 || !Array.isArray(pools)) {
    throw new TaskError('response-malformed', `${answer.host} did not answer with a list of agent pools.`);
  }
  return pools
    .map((pool: unknown) => (pool as { name?: unknown } | null)?.name)
    .filter((name): name is string => typeof name === 'string');
}

/** Names of pools are unique whatever their case. */
function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
