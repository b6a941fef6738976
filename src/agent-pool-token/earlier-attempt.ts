import { revokeTokens } from '../azure-devops/tokens/revoke-tokens';
import { causeOf, TaskError } from '../errors';
import { type Owner, signInOwner } from '../sign-in/owner';
import { checkNames, checkNotFound, checkSameCredential, checkSameUser, describeTokens } from './lease/checks';
import { mayStillAppear } from './lease/late-tokens';
import type { Lease } from './lease/lease';
import type { MintJob } from './mint-job';

/**
 * Revokes what an earlier attempt of this step left: a step that is run again in its job must not overwrite the lease of
 * a token that is still alive.
 * @returns the user who signed in for that.
 * @throws TaskError `lease-mismatch` or `revoke-failed`; the lease then stays as it is.
 */
export async function endEarlierAttempt(job: MintJob, earlier: Lease): Promise<Owner> {
  const { credential, pipeline, runtime, lease } = job;
  checkSameCredential(earlier, credential.organization.tokensUrl, credential.connection);
  try {
    const owner = await signInOwner(job, credential);
    checkSameUser(earlier, owner.user);
    await checkNames(earlier, owner.pats);
    const { notFound } = await revokeTokens(owner.pats, earlier.tokens);
    checkNotFound(earlier, owner.user, notFound);
    const ended = earlier.tokens.filter(({ name }) => !notFound.includes(name));
    const missing = earlier.tokens.filter(({ name }) => notFound.includes(name));
    if (ended.length > 0) {
      pipeline.say(`Revoked what an earlier attempt of this step left: ${describeTokens({ tokens: ended })}.`);
    }
    if (missing.length > 0) {
      const what = describeTokens({ tokens: missing });
      pipeline.say(`Azure DevOps does not find what an earlier attempt of this step may have left: ${what}.`);
    }
    // A "not found" proves nothing while the request may still take effect: such tokens go on into the new lease.
    lease.inherit(missing.filter((token) => token.id === undefined || mayStillAppear(token, runtime)));
    return owner;
  } catch (error) {
    if (!(error instanceof TaskError) || error.code === 'lease-mismatch') throw error;
    const what = `An earlier attempt of this step left ${describeTokens(earlier)} alive: ${causeOf(error)}`;
    throw new TaskError('revoke-failed', what, {
      remedy: `${error.remedy} The post-job step tries again.`,
      cause: error,
    });
  }
}
