import type { Pipeline } from '../agent/pipeline';
import { plainNetwork } from '../agent-network';
import { causeOf, messageOf, quoted, TaskError } from '../errors';
import { namedConnection, namesApp } from '../sign-in/connections';
import { signInOwner } from '../sign-in/owner';
import { readUserCredential, type UserCredential } from '../sign-in/user';
import { InputReader } from '../step/input-reader';
import type { Step } from '../step/run-step';
import { readOnRevokeFailure } from './inputs';
import { checkNames, checkNotFound, checkSameCredential, checkSameUser, describeTokens } from './lease/checks';
import { revokePatiently } from './lease/late-tokens';
import { type FoundLease, type Lease, type LeasedToken, readLease } from './lease/lease';

/** Milliseconds. */
const budget = 90_000;

/** The story of post: revokes what main may have left alive. Ends the step itself where that fails. */
export async function revoke(step: Step): Promise<void> {
  const { pipeline } = step;
  let lease: FoundLease | undefined;
  try {
    lease = readLease(pipeline);
    if (!lease) {
      if (namesApp(new InputReader(pipeline))) pipeline.say('Nothing to revoke: an Entra token ends by itself.');
    } else {
      const { revoke: isRevoked, tokens } = lease;
      const kept = isRevoked ? [] : tokens.filter((token) => isLeftAlone(pipeline, token));
      if (kept.length > 0) pipeline.say(`Left alone, as revokeAfterJob is false: ${describeTokens({ tokens: kept })}.`);
      const others = tokens.filter((token) => !kept.includes(token));
      if (others.length > 0) await revokeLeased(step, { ...lease, tokens: others });
    }
  } catch (error) {
    // The lease has what main read: a later step can change the variable that the input names.
    const end = lease?.onRevokeFailure ?? readOnRevokeFailure(new InputReader(pipeline));
    if (end === 'fail') pipeline.fail(messageOf(error));
    else pipeline.succeedWithIssues(messageOf(error));
  }
}

/** Whether the job has a token that is to outlive it: what it never got would live on of no use. */
function isLeftAlone(pipeline: Pipeline, { publishedAs }: LeasedToken): boolean {
  if (publishedAs === undefined) return false;
  if (pipeline.hasSecretVariable(publishedAs)) return true;
  pipeline.warn(
    `This job did not get its token as the secret variable ${quoted(publishedAs)}, so that it is revoked: target.settableVariables of the step may leave the variable out.`,
  );
  return false;
}

async function revokeLeased({ pipeline, goOnline }: Step, lease: FoundLease): Promise<void> {
  try {
    const credential = readCredential(pipeline, lease);
    const { conversation, runtime } = goOnline({
      budget,
      // One that this job did not write may lead anywhere.
      ...(lease.isOwn && { before: lease.network ?? plainNetwork }),
      // Stopping now would help no one: the agent gives a cancelled step some seconds, and revoking takes less than one.
      onCancel: () => pipeline.say('This step was cancelled: it still revokes until the agent ends it.'),
    });
    conversation.connectAhead([credential.organization.tokensUrl]);
    const { pats, user } = await signInOwner({ pipeline, conversation }, credential);
    checkSameUser(lease, user);
    if (!lease.isOwn) await checkNames(lease, pats);
    const { revoked, notFound } = await revokePatiently(pats, lease.tokens, { conversation, runtime });
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
  const warn = (problem: TaskError) =>
    pipeline.warn(`${problem.what} This step revokes all the same. (${problem.code})`);
  const reader = new InputReader(pipeline, warn);
  const named = namedConnection(reader);
  // Before it is read: another connection than the lease's may not even be there.
  if (named !== '') checkSameCredential(lease, lease.organization, named);
  const { credential } = reader.complete<{ credential: UserCredential }>({ credential: readUserCredential(reader) });
  checkSameCredential(lease, credential.organization.tokensUrl, credential.connection);
  return credential;
}
