import { Pools } from '../azure-devops/pools';
import { checkGranted, checkNotLonger, isShortened } from '../azure-devops/tokens/granted';
import { mintTimeVariable } from '../azure-devops/tokens/mint-time';
import { revokeTokens } from '../azure-devops/tokens/revoke-tokens';
import { messageOf, TaskError } from '../errors';
import { storedFor } from '../sign-in/issuer-notes';
import { type Owner, signInOwner } from '../sign-in/owner';
import { utcText } from '../time';
import { endEarlierAttempt } from './earlier-attempt';
import { patGuarantee } from './guarantee';
import { describeTokens } from './lease/checks';
import { readLease } from './lease/lease';
import { OpenLease } from './lease/open-lease';
import { keptBackForRevoking, type MintJob } from './mint-job';
import { type Minted, mintPat, prepareName } from './minting';
import { probe } from './probe';

/**
 * Mints a personal access token and hands it to the job. Where anything fails after it was made, it is revoked first;
 * what cannot be revoked stays in the lease, for post.
 * @throws TaskError any of those of the steps that it takes.
 */
export async function mintAndHandOver(asked: Omit<MintJob, 'lease'>): Promise<void> {
  const { pipeline, credential, inputs, conversation, network } = asked;
  const lease = new OpenLease(pipeline, {
    organization: credential.organization.tokensUrl,
    connection: credential.connection,
    revoke: inputs.revokeAfterJob,
    onRevokeFailure: inputs.onRevokeFailure,
    ...(network && { network }),
  });
  const job: MintJob = { ...asked, lease };
  const earlier = readLease(pipeline);
  const known = earlier && (await endEarlierAttempt(job, earlier));
  const { owner, name } = known ? { owner: known } : await signInUnderLease(job);
  if (!(await pipeline.outputIsRead())) {
    const what = 'The agent no longer reads what this step writes, so that no token was asked for.';
    throw new TaskError('cancelled', what);
  }
  try {
    await handOver(job, await mintPat(job, owner, name));
  } catch (error) {
    // A cancelled step sends nothing more: post revokes what is in the lease.
    if (!(error instanceof TaskError && error.code === 'cancelled')) {
      conversation.extend(keptBackForRevoking);
      await takeBack(job, owner);
    }
    throw error;
  }
}

/** Signs in; the lease of a token that nothing asked for yet is dropped if that fails, so that post stays quiet. */
async function signInUnderLease(job: MintJob): Promise<{ owner: Owner; name: string }> {
  const name = prepareName(job);
  const { tokensUrl, url } = job.credential.organization;
  job.conversation.connectAhead([tokensUrl, url]);
  try {
    return { owner: await signInOwner(job, job.credential), name };
  } catch (error) {
    job.lease.drop(name);
    throw error;
  }
}

async function handOver(job: MintJob, { pat, request, serverNow }: Minted): Promise<void> {
  const { pipeline, inputs, credential, conversation, lease } = job;
  const expires = checkGranted(pat, request, credential.organization);
  checkNotLonger(expires, serverNow, inputs.lifetimeMinutes);
  const expiresOn = utcText(expires);
  if (isShortened(expires, request)) {
    const asked = utcText(request.validTo);
    pipeline.warn(`A policy shortened the token: asked for until ${asked}, granted until ${expiresOn}.`);
  }
  lease.learn(request.name, { expiresOn });
  warnOfShortSignIn(job, expires);
  const { organization } = credential;
  await probe(new Pools(conversation, organization, { token: pat.token, kind: 'pat' }), inputs.pool);

  const { variable } = inputs;
  pipeline.setOutput('tokenId', pat.id);
  pipeline.setOutput('expiresOn', expiresOn);
  pipeline.setOutput('tokenKind', 'pat');
  pipeline.setVariable(mintTimeVariable(variable), utcText(serverNow));
  pipeline.publishSecret(variable, pat.token);
  // Only now: even a token that is to be kept is revoked if the job never got it.
  if (!inputs.revokeAfterJob) lease.publish(request.name, variable);
  const token = { tokenName: request.name, tokenId: pat.id, expires, organization: organization.name };
  for (const line of patGuarantee({ ...inputs, ...token, stored: storedFor(credential) })) pipeline.say(line);
}

/** Warns where post will have nothing to sign in with: an access token that was handed in ends by itself. */
function warnOfShortSignIn({ pipeline, inputs, credential }: MintJob, expires: number): void {
  if (credential.kind !== 'accessToken' || !inputs.revokeAfterJob) return;
  const { ends = Number.POSITIVE_INFINITY } = credential;
  if (ends >= expires) return;
  pipeline.warn(
    `The accessToken ends at ${utcText(ends)}, before the token that it minted: a job that takes longer cannot revoke that, which then lives until ${utcText(expires)}. Ask for a shorter lifetimeMinutes, or use an issuer connection.`,
  );
}

/**
 * Revokes what was made, because the step is about to fail. Only what is proved to be revoked leaves the lease: a fresh
 * token that is "not found" may not be known everywhere yet.
 */
async function takeBack({ pipeline, lease }: MintJob, { pats }: Owner): Promise<void> {
  const made = lease.current.tokens.filter(({ id }) => id !== undefined);
  if (made.length === 0) return;
  try {
    const { revoked, notFound } = await revokeTokens(pats, made);
    for (const name of revoked) lease.drop(name);
    if (notFound.length === 0) return pipeline.say('The new token was revoked again, since this step fails.');
    pipeline.say(`Azure DevOps does not find ${describeTokens(lease.current)} yet. The post-job step asks again.`);
  } catch (error) {
    pipeline.warn(`The post-job step tries again to revoke ${describeTokens(lease.current)}. ${messageOf(error)}`);
  }
}
