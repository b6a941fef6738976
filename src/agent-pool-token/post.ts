import type { Pipeline } from '../agent/pipeline';
import { Pats } from '../azure-devops/tokens/pats';
import { type RevocableToken, revokeTokens } from '../azure-devops/tokens/revoke-tokens';
import { causeOf, messageOf, quoted, TaskError } from '../errors';
import type { Conversation } from '../http/conversation';
import { namedConnection, namesApp } from '../sign-in/connections';
import { EntraSignIn } from '../sign-in/entra-sign-in';
import { readUserCredential, type UserCredential } from '../sign-in/user';
import { InputReader } from '../step/input-reader';
import type { Step } from '../step/run-step';
import { readOnRevokeFailure } from './inputs';
import { checkNotFound, checkSameCredential, checkSameUser, describeTokens, type Lease, readLease } from './lease';

const budget = 90_000;
/** Milliseconds after which a request that was under way when main died has had its effect, if it has any. */
const secondLook = 2_000;

/** The story of post: revokes what main may have left alive. Ends the step itself where that fails. */
export async function revoke(step: Step): Promise<void> {
  const { pipeline } = step;
  try {
    const lease = readLease(pipeline);
    if (!lease) {
      if (namesApp(new InputReader(pipeline))) pipeline.say('Nothing to revoke: an Entra token ends by itself.');
      return;
    }
    // The lease decides, not the input, which may have changed since. And a token that the job never got is of no use.
    if (!lease.revoke && lease.published) {
      pipeline.say(`Left alone, as this step was told: ${describeTokens(lease)}.`);
      return;
    }
    await revokeLeased(step, lease);
  } catch (error) {
    endWithFailure(pipeline, messageOf(error));
  }
}

async function revokeLeased({ pipeline, goOnline }: Step, lease: Lease): Promise<void> {
  try {
    const credential = readCredential(pipeline, lease);
    const { conversation } = goOnline({
      budget,
      withoutUnusable: true,
      // Dying now would help nobody: the agent gives a cancelled step some seconds, and revoking takes less than one.
      onCancel: () => pipeline.say('This step was cancelled: it still revokes until the agent ends it.'),
    });
    const { accessToken, user } = await new EntraSignIn(conversation, pipeline).user(credential);
    checkSameUser(lease, user);
    const pats = new Pats(conversation, credential.organization, accessToken);
    // Main noted its user before it asked for a token: without one it never came to that.
    const mayStillCome = lease.user !== undefined || user === undefined;
    const { revoked, notFound } = await (mayStillCome
      ? revokeTwice(conversation, pats, lease.tokens)
      : revokeTokens(pats, lease.tokens));
    checkNotFound(lease, user, notFound);
    for (const name of revoked) pipeline.say(`Revoked the token ${quoted(name)}.`);
    for (const name of notFound) pipeline.say(`There is no token ${quoted(name)} any more.`);
  } catch (error) {
    if (error instanceof TaskError && error.code === 'lease-mismatch') throw error;
    const what = `Could not revoke ${describeTokens(lease)}: ${causeOf(error)}`;
    throw new TaskError('revoke-failed', what, { cause: error });
  }
}

/** Reads only what revoking needs: a fault in any other input must not keep a token alive. */
function readCredential(pipeline: Pipeline, lease: Lease): UserCredential {
  const reader = new InputReader(pipeline);
  const named = namedConnection(reader);
  // Before it is read: another connection than the lease's may not even be there.
  if (named !== '') checkSameCredential(lease, lease.organization, named);
  const { credential } = reader.complete<{ credential: UserCredential }>({ credential: readUserCredential(reader) });
  checkSameCredential(lease, credential.organization.tokensUrl, credential.connection);
  return credential;
}

/** Looks a second time for tokens whose id main never learned: an empty list proves nothing at once. */
async function revokeTwice(conversation: Conversation, pats: Pats, tokens: RevocableToken[]) {
  const first = await revokeTokens(pats, tokens);
  const missing = tokens.filter(({ name, id }) => id === undefined && first.notFound.includes(name));
  if (missing.length === 0 || !(await conversation.pause(secondLook))) return first;
  const second = await revokeTokens(pats, missing);
  return {
    revoked: [...first.revoked, ...second.revoked],
    notFound: first.notFound.filter((name) => !second.revoked.includes(name)),
  };
}

function endWithFailure(pipeline: Pipeline, message: string): void {
  if (readOnRevokeFailure(new InputReader(pipeline)) === 'fail') pipeline.fail(message);
  else pipeline.succeedWithIssues(message);
}
