import { probe } from '../../src/azure-devops/pools';
import { activePats, createPat, type PatStore, revokePat } from '../../src/azure-devops/tokens/pats';
import { scopes } from '../../src/azure-devops/tokens/scopes';
import { tokenName } from '../../src/azure-devops/tokens/token-name';
import { TaskError } from '../../src/errors';
import { Conversation } from '../../src/http/conversation';
import type { Secret } from '../../src/secret';
import { Interrupted, SetupError } from '../failure';
import type { Tools } from '../tools';

const minute = 60_000;
const budget = 2 * minute;
/** Milliseconds until a new role counts, and until a revoked token is refused everywhere. */
const replication = 60_000;
const pause = 2_000;

/**
 * Proves what a sign-in is good for before it is stored: a token of five minutes that manages each pool, and is refused
 * once it is revoked.
 * @throws TaskError, SetupError
 */
export async function prove(tools: Tools, accessToken: Secret, report: (line: string) => void): Promise<void> {
  const { runtime, options, interruption } = tools;
  if (interruption.signal.aborted) throw new Interrupted();
  const conversation = new Conversation(runtime, budget);
  const store: PatStore = { organization: options.organization, signedIn: { accessToken } };
  const origin = { runKind: 'b', runId: '0', job: '00000000', attempt: '1', kept: false } as const;
  const name = tokenName(origin, runtime.randomBytes(10), 'issuer');
  let token: Secret | undefined;
  try {
    const validTo = conversation.now() + 5 * minute;
    const creation = await createPat(conversation, store, { name, scope: scopes.agentPool.vso, validTo });
    if (creation.kind !== 'created') throw forSetup(creation.error, options.user, options.organization.url);
    token = creation.pat.token;
    for (const pool of options.pools) {
      await tryPool(tools, token, pool);
      report(`A token of five minutes may manage the pool "${pool}"`);
    }
  } finally {
    await revokeByName(tools, store, name);
  }
  await expectRefused(tools, token);
  report('It is revoked, and Azure DevOps refuses it');
}

async function tryPool({ runtime, options, interruption }: Tools, token: Secret, pool: string): Promise<void> {
  for (const end = runtime.now() + replication; ; ) {
    try {
      await probe(new Conversation(runtime, budget), options.organization, { token, kind: 'pat' }, pool);
      return;
    } catch (error) {
      const mayBeTooEarly =
        error instanceof TaskError && ['pool-not-found', 'pool-not-manageable'].includes(error.code);
      if (!mayBeTooEarly || runtime.now() > end || interruption.signal.aborted) throw error;
      await interruption.wait(pause);
    }
  }
}

/** By its name, which is known before it exists. An empty list proves nothing: it ends by itself in five minutes. */
async function revokeByName({ runtime }: Tools, store: PatStore, name: string): Promise<void> {
  const conversation = new Conversation(runtime, budget);
  const ids: string[] = [];
  for await (const pat of activePats(conversation, store)) if (pat.name.trim() === name) ids.push(pat.id);
  for (const id of ids) await revokePat(conversation, store, id);
}

async function expectRefused({ runtime, options, interruption }: Tools, token: Secret): Promise<void> {
  for (const end = runtime.now() + replication; ; ) {
    const answer = await new Conversation(runtime, budget).ask({
      method: 'GET',
      url: `${options.organization.url}/_apis/distributedtask/pools?$top=1&api-version=7.1`,
      headers: {
        Authorization: `Basic ${Buffer.from(`:${token.reveal()}`).toString('base64')}`,
        Accept: 'application/json',
        'X-TFS-FedAuthRedirect': 'Suppress',
      },
      doing: 'Trying the revoked token',
      secrets: [token],
      again: 'any-fault',
    });
    if (answer.asksToSignIn) return;
    if (runtime.now() > end || interruption.signal.aborted) {
      throw new SetupError(
        `Azure DevOps still takes a token a minute after it was revoked (answer ${answer.status}).`,
        'Do not use this organization with this extension until that is explained. The token ends within five minutes.',
      );
    }
    await interruption.wait(pause);
  }
}

function forSetup(error: TaskError, user: string, organizationUrl: string): SetupError {
  if (error.code !== 'not-signed-in') return new SetupError(error.what, error.remedy, { cause: error });
  const remedy = `Sign in to ${organizationUrl} once as ${user}, in a private browser window, then run the command again.`;
  return new SetupError(error.what, remedy, { cause: error });
}
