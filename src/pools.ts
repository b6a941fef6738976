import { quoted, TaskError } from './errors';
import type { Organization } from './hosts';
import type { Answer, Conversation } from './http';
import type { Secret } from './secret';

/** A fresh token may not be known everywhere at once. */
const replicationTime = 10_000;
const firstPause = 250;

/** The token that is tried, and what kind of token it is. */
export interface TriedToken {
  token: Secret;
  kind: 'pat' | 'entra';
}

/** What a refusal means for each kind, and for whom. */
const meanings = {
  pat: {
    refused: 'token-not-accepted',
    owner: 'The user of this token',
    unknown: undefined,
    role: undefined,
  },
  entra: {
    refused: 'not-signed-in',
    owner: 'The service principal of this connection',
    unknown:
      'Ask an organization administrator to add the service principal to the users of the organization, with the access level Basic.',
    role: 'Ask an organization administrator to give the service principal the Administrator role on this pool, in the organization settings.',
  },
} as const;

/**
 * Proves that a token works: that it may manage the pool, or, with no pool, that it may read pools at all. One request,
 * and one more to tell a pool that is missing from one that may not be managed.
 * https://learn.microsoft.com/rest/api/azure/devops/distributedtask/pools/get-agent-pools
 * @throws TaskError `token-not-accepted` or, for an application, `not-signed-in`; `pool-not-found`, `pool-not-manageable`, `response-malformed`, or those of
 * Conversation.
 */
export async function probe(
  conversation: Conversation,
  organization: Organization,
  tried: TriedToken,
  pool: string,
): Promise<void> {
  if (pool === '') {
    await listPools(conversation, organization, tried, { $top: '1' });
    return;
  }
  const manageable = await listPools(conversation, organization, tried, { poolName: pool, actionFilter: 'manage' });
  if (manageable.some((name) => isSameName(name, pool))) return;
  const visible = await listPools(conversation, organization, tried, { poolName: pool });
  if (visible.some((name) => isSameName(name, pool))) {
    const { owner, role } = meanings[tried.kind];
    const what = `${owner} may not manage the agent pool ${quoted(pool)}.`;
    throw new TaskError('pool-not-manageable', what, role === undefined ? {} : { remedy: role });
  }
  throw new TaskError(
    'pool-not-found',
    `${meanings[tried.kind].owner} sees no agent pool ${quoted(pool)} in ${quoted(organization.name)}.`,
  );
}

/** Names of the pools that the query leaves. */
async function listPools(
  conversation: Conversation,
  organization: Organization,
  { token, kind }: TriedToken,
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
    // Entra's tokens carry their own proof: nothing has to spread before they are known.
    const mayBeTooEarly = kind === 'pat' && answer.asksToSignIn && left > 0;
    if (!mayBeTooEarly || !(await conversation.pause(Math.min(pause, left)))) return poolNames(answer, kind);
  }
}

function poolNames(answer: Answer, kind: TriedToken['kind']): string[] {
  if (answer.asksToSignIn || (answer.status >= 400 && answer.status < 500)) {
    const reason = answer.quote(answer.field('message'));
    const { refused, unknown } = meanings[kind];
    throw new TaskError(
      refused,
      `Azure DevOps answered ${answer.status} when the new token was tried on agent pools${reason && `: ${reason}`}.`,
      unknown === undefined ? {} : { remedy: unknown },
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
