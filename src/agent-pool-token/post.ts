import type { AgentNetwork } from '../agent/network';
import type { Pipeline } from '../agent/pipeline';
import type { PatStore } from '../azure-devops/tokens/pats';
import { type RevocableToken, revokeTokens } from '../azure-devops/tokens/revoke-tokens';
import { causeOf, messageOf, Problems, quoted, TaskError } from '../errors';
import { Conversation } from '../http/conversation';
import type { Runtime } from '../http/runtime';
import { namedConnection, readConnectionType, readUserInputs, userTypes } from '../sign-in/connections';
import { signIn } from '../sign-in/token-endpoint';
import { type Issuer, readIssuer } from '../sign-in/user';
import { readOnRevokeFailure } from './inputs';
import { checkNotFound, checkSameIssuer, checkSameUser, describeTokens, type Lease, readLease } from './lease';

const budget = 90_000;
/** Milliseconds after which a request that was under way when main died has had its effect, if it has any. */
const secondLook = 2_000;

/**
 * The story of post: revokes whatever main may have left alive. Ends the step itself, and throws nothing.
 */
export async function revoke(pipeline: Pipeline, open: (network: AgentNetwork) => Runtime): Promise<void> {
  let runtime: Runtime | undefined;
  try {
    const lease = readLease(pipeline);
    if (!lease) {
      const type = readConnectionType(pipeline, new Problems());
      if (type !== undefined && !userTypes.includes(type))
        pipeline.say('Nothing to revoke: an Entra token ends by itself.');
      return;
    }
    // The lease decides, not the input, which may have changed since. And a token that the job never got is of no use.
    if (!lease.revoke && lease.published) {
      pipeline.say(`Left alone, as this step was told: ${describeTokens(lease)}.`);
      return;
    }
    await revokeLeased(pipeline, lease, () => {
      runtime = open(pipeline.network());
      // Dying now would help nobody: the agent gives a cancelled step some seconds, and revoking takes less than one.
      runtime.onInterrupt(() => pipeline.say('This step was cancelled: it still revokes, as long as it is let.'));
      return runtime;
    });
  } catch (error) {
    endWithFailure(pipeline, messageOf(error));
  } finally {
    runtime?.close();
  }
}

async function revokeLeased(pipeline: Pipeline, lease: Lease, start: () => Runtime): Promise<void> {
  try {
    const named = namedConnection(pipeline);
    // Before it is read: another connection than the lease's may not even be there.
    if (named !== '') checkSameIssuer(lease, lease.organization, named);
    const issuer = readIssuerOf(pipeline);
    checkSameIssuer(lease, issuer.organization.tokensUrl, issuer.connection);
    const conversation = new Conversation(start(), budget);
    const signedIn = await signIn(conversation, issuer, (secret) => pipeline.mask(secret));
    checkSameUser(lease, signedIn.user);
    const store = { organization: issuer.organization, signedIn };
    // Main noted its user before it asked for a token: without one it never came to that.
    const mayStillCome = lease.user !== undefined || signedIn.user === undefined;
    const look = mayStillCome ? revokeTwice : revokeTokens;
    const { revoked, notFound } = await look(conversation, store, lease.tokens);
    checkNotFound(lease, signedIn.user, notFound);
    for (const name of revoked) pipeline.say(`Revoked the token ${quoted(name)}.`);
    for (const name of notFound) pipeline.say(`There is no token ${quoted(name)} any more.`);
  } catch (error) {
    if (error instanceof TaskError && error.code === 'lease-mismatch') throw error;
    throw new TaskError('revoke-failed', `Could not revoke ${describeTokens(lease)}: ${causeOf(error)}`, {
      cause: error,
    });
  }
}

/** Looks a second time for tokens whose id main never learned: an empty list proves nothing at once. */
async function revokeTwice(conversation: Conversation, store: PatStore, tokens: RevocableToken[]) {
  const first = await revokeTokens(conversation, store, tokens);
  const missing = tokens.filter(({ name, id }) => id === undefined && first.notFound.includes(name));
  if (missing.length === 0 || !(await conversation.pause(secondLook))) return first;
  const second = await revokeTokens(conversation, store, missing);
  return {
    revoked: [...first.revoked, ...second.revoked],
    notFound: first.notFound.filter((name) => !second.revoked.includes(name)),
  };
}

/** Reads only what revoking needs: a fault in any other input must not keep a token alive. */
function readIssuerOf(pipeline: Pipeline): Issuer {
  const problems = new Problems();
  const credential = readUserInputs(pipeline, problems);
  const issuer = credential && readIssuer(credential, problems);
  problems.throwIfAny();
  return issuer as Issuer;
}

function endWithFailure(pipeline: Pipeline, message: string): void {
  if (readOnRevokeFailure(pipeline, new Problems()) === 'fail') pipeline.fail(message);
  else pipeline.succeedWithIssues(message);
}
