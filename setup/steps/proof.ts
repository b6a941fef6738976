import { Pools } from '../../src/azure-devops/pools';
import { basic, requestHeaders } from '../../src/azure-devops/request';
import { Pats } from '../../src/azure-devops/tokens/pats';
import { type RevocableToken, revokeTokens } from '../../src/azure-devops/tokens/revoke-tokens';
import { scopes } from '../../src/azure-devops/tokens/scopes';
import { tokenName } from '../../src/azure-devops/tokens/token-name';
import { quoted, type TaskError } from '../../src/errors';
import type { Answer } from '../../src/http/answer';
import { Conversation } from '../../src/http/conversation';
import type { Runtime } from '../../src/http/runtime';
import type { Secret } from '../../src/secret';
import { Interrupted, SetupError } from '../failure';
import { poll } from '../interruption';
import type { Options } from '../options';
import type { Tools } from '../tools';

const minute = 60_000;
/** Milliseconds for each series of requests. */
const budget = 2 * minute;
/** Milliseconds until a new role counts, and until a revoked token is refused everywhere. */
const replication = { patience: 60_000, pause: 2_000 };

/** The name of a token that this command mints: of no run, so that a sweep goes by its age. */
export function ownTokenName(runtime: Runtime): string {
  const origin = { runKind: 'b', runId: '0', job: '00000000', attempt: '1', kept: false } as const;
  return tokenName(origin, runtime.randomBytes(10), 'issuer');
}

/**
 * Proves what a sign-in is good for before it is stored: a token of five minutes that manages each pool, and is refused
 * once it is revoked.
 * @throws TaskError, SetupError
 */
export async function prove(tools: Tools, accessToken: Secret, report: (line: string) => void): Promise<void> {
  const { runtime, options, interruption } = tools;
  if (interruption.signal.aborted) throw new Interrupted();
  const pats = new Pats(new Conversation(runtime, budget), options.organization, async () => accessToken);
  const name = ownTokenName(runtime);
  const token = await tryToken(tools, { pats, name, report });
  await expectRefused(tools, token);
  report('It is revoked, and Azure DevOps refuses it');
}

/** Mints a token, tries it, and revokes it, however that ended. */
async function tryToken(
  tools: Tools,
  { pats, name, report }: { pats: Pats; name: string; report: (line: string) => void },
): Promise<Secret> {
  const { runtime, options } = tools;
  const made: RevocableToken = { name };
  try {
    const creation = await pats.create({ name, scope: scopes.agentPool.vso, validTo: runtime.now() + 5 * minute });
    if (creation.kind !== 'created') throw forSetup(creation.error, options);
    const { token, id } = creation.pat;
    made.id = id;
    for (const pool of options.pools) {
      await tryPool(tools, token, pool);
      report(`A token of five minutes may manage the pool ${quoted(pool)}`);
    }
    return token;
  } finally {
    // By its name where its id is not known. An empty list proves nothing: it ends by itself in five minutes.
    await revokeTokens(pats, [made]);
  }
}

async function tryPool(tools: Tools, token: Secret, pool: string): Promise<void> {
  const { runtime, options } = tools;
  const found = await poll(tools, replication, () => {
    const pools = new Pools(new Conversation(runtime, budget), options.organization, { token, kind: 'pat' });
    return pools.find(pool, 'manage');
  });
  if (found) return;
  throw new SetupError(
    `A token of ${options.user} may not manage the agent pool ${quoted(pool)}.`,
    'Look at Organization settings > Agent pools > (the pool) > Security, then run the command again.',
  );
}

async function expectRefused(tools: Tools, token: Secret): Promise<void> {
  const { runtime, options } = tools;
  const isDone = (answer: Answer) => answer.asksToSignIn;
  const answer = await poll(tools, { ...replication, isDone }, () =>
    new Conversation(runtime, budget).ask({
      method: 'GET',
      url: `${options.organization.url}/_apis/distributedtask/pools?$top=1&api-version=7.1`,
      headers: requestHeaders(basic(token)),
      doing: 'Trying the revoked token',
      secrets: [token],
      again: 'any-fault',
    }),
  );
  if (isDone(answer)) return;
  throw new SetupError(
    `Azure DevOps still takes a token a minute after it was revoked (answer ${answer.status}).`,
    'Do not use this organization with this extension until that is explained. The token ends within five minutes.',
  );
}

function forSetup(error: TaskError, { user, organization }: Options): SetupError {
  if (error.code !== 'not-signed-in') return new SetupError(error.what, error.remedy, { cause: error });
  const remedy = `Sign in to ${organization.url} once as ${user}, in a private browser window, then run the command again.`;
  return new SetupError(error.what, remedy, { cause: error });
}
