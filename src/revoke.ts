import { signIn } from './entra';
import { messageOf, Problems, TaskError } from './errors';
import { Conversation } from './http';
import { readCredentialInputs, readOnRevokeFailure } from './inputs';
import { type Issuer, readIssuer } from './issuer';
import { checkSameIssuer, checkSameUser, describeTokens, type Lease, readLease } from './lease';
import { revokeTokens } from './pats';
import type { AgentNetwork, Pipeline } from './pipeline';
import type { Runtime } from './runtime';

const budget = 90_000;

/**
 * The story of post: revokes whatever main may have left alive. Ends the step itself, and throws nothing.
 */
export async function revoke(pipeline: Pipeline, open: (network: AgentNetwork) => Runtime): Promise<void> {
  let runtime: Runtime | undefined;
  try {
    const lease = readLease(pipeline);
    if (!lease) return;
    // The lease decides, not the input, which may have changed since. And a token that the job never got is of no use.
    if (!lease.revoke && lease.published) {
      pipeline.say(`Left alone, as this step was told: ${describeTokens(lease)}.`);
      return;
    }
    runtime = open(pipeline.network());
    await revokeLeased(pipeline, runtime, lease);
  } catch (error) {
    endWithFailure(pipeline, messageOf(error));
  } finally {
    runtime?.close();
  }
}

async function revokeLeased(pipeline: Pipeline, runtime: Runtime, lease: Lease): Promise<void> {
  try {
    const issuer = readIssuerOf(pipeline);
    checkSameIssuer(lease, issuer.organization.tokensUrl, issuer.connection);
    const conversation = new Conversation(runtime, budget);
    const signedIn = await signIn(conversation, issuer, (secret) => pipeline.mask(secret));
    checkSameUser(lease, signedIn.user);
    const store = { organization: issuer.organization, signedIn };
    const { revoked, notFound } = await revokeTokens(conversation, store, lease.tokens);
    if (lease.user !== signedIn.user && lease.user !== undefined && notFound.length > 0) {
      throw new TaskError('lease-mismatch', `Nobody can tell whether ${describeTokens(lease)} is gone.`);
    }
    for (const name of revoked) pipeline.say(`Revoked the token "${name}".`);
    for (const name of notFound) pipeline.say(`There is no token "${name}" any more.`);
  } catch (error) {
    if (!(error instanceof TaskError) || error.code === 'lease-mismatch') throw error;
    const what = `${describeTokens(lease)} could not be revoked: ${error.what}`;
    throw new TaskError('revoke-failed', what, { cause: error });
  }
}

/** Reads only what revoking needs: a fault in any other input must not keep a token alive. */
function readIssuerOf(pipeline: Pipeline): Issuer {
  const problems = new Problems();
  const credential = readCredentialInputs(pipeline, problems);
  const issuer = credential && readIssuer(credential, pipeline, problems);
  problems.throwIfAny();
  return issuer as Issuer;
}

function endWithFailure(pipeline: Pipeline, message: string): void {
  if (readOnRevokeFailure(pipeline, new Problems()) === 'fail') pipeline.fail(message);
  else pipeline.succeedWithIssues(message);
}
