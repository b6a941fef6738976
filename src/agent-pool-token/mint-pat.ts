import type { Pipeline } from '../agent/pipeline';
import { Pools } from '../azure-devops/pools';
import { checkGranted, isShortened } from '../azure-devops/tokens/granted';
import { type CreatedPat, type PatRequest, Pats } from '../azure-devops/tokens/pats';
import { revokeTokens } from '../azure-devops/tokens/revoke-tokens';
import { scopes } from '../azure-devops/tokens/scopes';
import { originOf, pipelineNameOf, tokenName } from '../azure-devops/tokens/token-name';
import { causeOf, messageOf, TaskError } from '../errors';
import type { Conversation } from '../http/conversation';
import type { Runtime } from '../http/runtime';
import { EntraSignIn } from '../sign-in/entra-sign-in';
import type { UserCredential } from '../sign-in/user';
import { patGuarantee } from './guarantee';
import type { MintInputs } from './inputs';
import {
  checkNotFound,
  checkSameCredential,
  checkSameUser,
  describeTokens,
  type Lease,
  OpenLease,
  readLease,
} from './lease';
import { probe } from './probe';

const keptBackForRevoking = 30_000;

/** What minting needs to know. */
interface MintJob {
  pipeline: Pipeline;
  runtime: Runtime;
  inputs: MintInputs;
  credential: UserCredential;
  conversation: Conversation;
}

/** All that the parts of this file share. */
interface Job extends MintJob {
  lease: OpenLease;
}

/** The tokens of the user who signed in. */
interface Owned {
  pats: Pats;
  user: string | undefined;
}

interface Minted {
  pat: CreatedPat;
  request: PatRequest;
}

/**
 * Mints a personal access token and hands it to the job. Whatever fails after it was made, it is revoked first; what
 * cannot be revoked stays in the lease, for post.
 * @throws TaskError any of those of the steps that it takes.
 */
export async function mintAndHandOver(mintJob: MintJob): Promise<void> {
  const { pipeline, credential, inputs } = mintJob;
  const lease = new OpenLease(pipeline, {
    organization: credential.organization.tokensUrl,
    connection: credential.connection,
    revoke: inputs.revokeAfterJob,
  });
  const job = { ...mintJob, lease };
  const earlier = readLease(job.pipeline);
  const earlierOwned = earlier && (await endEarlierAttempt(job, earlier));
  const name = addName(job);
  const owned = earlierOwned ?? (await signInUnderLease(job, name));
  job.lease.learnUser(owned.user);
  if (!(await pipeline.outputIsRead())) {
    throw new TaskError(
      'cancelled',
      'The agent no longer reads what this step writes, so that no token was asked for.',
    );
  }
  const minted = await createWithCare(job, owned.pats, name);
  try {
    await handOver(job, minted);
  } catch (error) {
    await takeBack(job, owned.pats);
    throw error;
  }
}

/** A step that is run again in its job must not overwrite the lease of a token that is still alive. */
async function endEarlierAttempt(job: Job, earlier: Lease): Promise<Owned> {
  checkSameCredential(earlier, job.credential.organization.tokensUrl, job.credential.connection);
  try {
    const owned = await signIn(job);
    checkSameUser(earlier, owned.user);
    const { notFound } = await revokeTokens(owned.pats, earlier.tokens);
    checkNotFound(earlier, owned.user, notFound);
    job.pipeline.say(`Revoked what an earlier attempt of this step left: ${describeTokens(earlier)}.`);
    // That a name was not found proves nothing, so that it goes on into the new lease.
    job.lease.inherit(earlier.tokens.filter(({ name, id }) => id === undefined && notFound.includes(name)));
    return owned;
  } catch (error) {
    if (!(error instanceof TaskError) || error.code === 'lease-mismatch') throw error;
    const what = `An earlier attempt of this step left ${describeTokens(earlier)} alive: ${causeOf(error)}`;
    throw new TaskError('revoke-failed', what, {
      remedy: `${error.remedy} The post-job step tries again.`,
      cause: error,
    });
  }
}

/** Signs in; the lease of a token that nothing asked for yet is dropped if that fails, so that post stays quiet. */
async function signInUnderLease(job: Job, name: string): Promise<Owned> {
  try {
    return await signIn(job);
  } catch (error) {
    job.lease.drop(name);
    throw error;
  }
}

async function signIn({ conversation, credential, pipeline }: Job): Promise<Owned> {
  const { accessToken, user } = await new EntraSignIn(conversation, pipeline).user(credential);
  return { pats: new Pats(conversation, credential.organization, accessToken), user };
}

/** Notes a new unique name in the lease: always before it is sent anywhere. */
function addName({ pipeline, runtime, inputs, lease }: Job): string {
  const origin = originOf(pipeline, !inputs.revokeAfterJob);
  const name = tokenName(origin, runtime.randomBytes(10), pipelineNameOf(pipeline, origin));
  lease.add(name);
  return name;
}

/** Asks for the token, and once more under a new name if nobody can tell how the first request ended. */
async function createWithCare(job: Job, pats: Pats, name: string): Promise<Minted> {
  const minted = await createOnce(job, pats, name);
  if (minted.kind === 'minted') return minted;
  job.conversation.extend(keptBackForRevoking);
  const gone = await revokeByName(job, pats, name);
  job.conversation.extend(-keptBackForRevoking);
  if (!gone) throw minted.error;

  const other = addName(job);
  const again = await createOnce(job, pats, other);
  if (again.kind === 'minted') return again;
  job.conversation.extend(keptBackForRevoking);
  await revokeByName(job, pats, other);
  throw again.error;
}

async function createOnce(
  { pipeline, inputs, conversation, lease }: Job,
  pats: Pats,
  name: string,
): Promise<({ kind: 'minted' } & Minted) | { kind: 'unknown'; error: TaskError }> {
  // By the clock that answered the sign-in, since the agent's may be wrong. An access token that was handed in needs no
  // sign-in: then nobody has told the time yet, and the agent's clock has to do.
  const validTo = conversation.serverNow() + inputs.lifetimeMinutes * 60_000;
  const request: PatRequest = { name, scope: scopes[inputs.scope].vso, validTo };
  const creation = await pats.create(request);
  switch (creation.kind) {
    case 'created':
      pipeline.mask(creation.pat.token);
      lease.learnToken({ name, id: creation.pat.id, expiresOn: new Date(validTo).toISOString() });
      return { kind: 'minted', pat: creation.pat, request };
    case 'refused':
      if (creation.clear) lease.drop(name);
      throw creation.error;
    case 'unknown':
      pipeline.say(`${creation.error.what} The token "${name}" may exist all the same: looking for it.`);
      return { kind: 'unknown', error: creation.error };
  }
}

/**
 * Revokes a token whose creation had no clear outcome, and returns whether it could be looked for. Its name leaves the
 * lease only if it was there: an empty list proves nothing, because the request may still take effect.
 */
async function revokeByName({ pipeline, lease }: Job, pats: Pats, name: string): Promise<boolean> {
  try {
    const { revoked } = await revokeTokens(pats, [{ name }]);
    if (revoked.includes(name)) lease.drop(name);
    return true;
  } catch (error) {
    pipeline.say(`The post-job step looks again. ${messageOf(error)}`);
    return false;
  }
}

async function handOver({ pipeline, inputs, credential, conversation, lease }: Job, minted: Minted): Promise<void> {
  const { pat, request } = minted;
  const expires = checkGranted(pat, request);
  const expiresOn = new Date(expires).toISOString();
  if (isShortened(expires, request)) {
    const asked = new Date(request.validTo).toISOString();
    pipeline.warn(`A policy shortened the token: asked for until ${asked}, granted until ${expiresOn}.`);
  }
  lease.learnToken({ name: request.name, id: pat.id, expiresOn });
  const { organization } = credential;
  await probe(new Pools(conversation, organization, { token: pat.token, kind: 'pat' }), inputs.pool);

  pipeline.setOutput('tokenId', pat.id);
  pipeline.setOutput('expiresOn', expiresOn);
  pipeline.setOutput('tokenKind', 'pat');
  pipeline.publishSecret(inputs.variable, pat.token);
  // Only now: even a token that is to be kept is revoked if the job never got it.
  if (!inputs.revokeAfterJob) lease.publish();
  const { scope, variable, revokeAfterJob } = inputs;
  const token = { tokenName: request.name, tokenId: pat.id, expires };
  for (const line of patGuarantee({ ...token, scope, organization: organization.name, revokeAfterJob, variable }))
    pipeline.say(line);
}

/** Revokes what was made, because the step is about to fail. What cannot be revoked stays in the lease. */
async function takeBack({ pipeline, conversation, lease }: Job, pats: Pats): Promise<void> {
  conversation.extend(keptBackForRevoking);
  const made = lease.current.tokens.filter(({ id }) => id !== undefined);
  try {
    await revokeTokens(pats, made);
    for (const { name } of made) lease.drop(name);
    pipeline.say('The new token was revoked again, since this step fails.');
  } catch (error) {
    pipeline.warn(`The post-job step tries again to revoke ${describeTokens(lease.current)}. ${messageOf(error)}`);
  }
}
