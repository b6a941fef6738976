import { grace } from '../azure-devops/tokens/granted';
import type { CreatedPat, Creation, PatRequest } from '../azure-devops/tokens/pat-creation';
import type { Pats } from '../azure-devops/tokens/pats';
import { revokeTokens } from '../azure-devops/tokens/revoke-tokens';
import { scopes } from '../azure-devops/tokens/scopes';
import { originOf, pipelineNameOf, tokenName } from '../azure-devops/tokens/token-name';
import { messageOf, quoted, TaskError } from '../errors';
import type { Owner } from '../sign-in/owner';
import { timeOf, utcText } from '../time';
import { keptBackForRevoking, type MintJob } from './mint-job';

/** A token that was made. */
export interface Minted {
  kind: 'minted';
  pat: CreatedPat;
  request: PatRequest;
  /** When the service answered with it, by its own clock: milliseconds since 1970, UTC. */
  serverNow: number;
}

/** How the request for a token of this name ended where it made none that can be used. */
type Failed = Exclude<Creation, { kind: 'created' }> & { name: string };

/** What is asked for: under a name that the lease knows, never twice under one. */
type Asked = Pick<PatRequest, 'name' | 'validTo'>;

/** Notes a new unique name in the lease: always before it is sent anywhere. */
export function prepareName({ pipeline, runtime, inputs, lease }: MintJob): string {
  const origin = originOf(pipeline, !inputs.revokeAfterJob);
  const name = tokenName(origin, runtime.randomBytes(10), pipelineNameOf(pipeline, origin));
  lease.add(name);
  return name;
}

/**
 * Mints a token that lives as long as was asked, by the clock of the service. Where the answer shows that the clocks
 * of this machine and of Entra led to another lifetime, it mints once more by the clock of the service.
 * @param name the one that was prepared, if any.
 * @throws TaskError those of Pats and of Conversation.
 */
export async function mintPat(job: MintJob, owner: Owner, name = prepareName(job)): Promise<Minted> {
  const { conversation, inputs } = job;
  const lifetime = inputs.lifetimeMinutes * 60_000;
  // The earlier clock: a token that is too short can be minted again before anyone used it, one too long is a risk.
  const now = Math.min(conversation.now(), conversation.serverNow());
  const first = await create(job, owner, { name, validTo: now + lifetime });
  if (first.kind === 'minted') {
    if (!isOff(first, lifetime)) return first;
    if (!(await revokeByName(job, owner.pats, first.request.name))) throw notRevoked(first);
  }
  const again = await create(job, owner, { name: prepareName(job), validTo: serverNow(job) + lifetime });
  if (again.kind === 'minted') return again;
  throw again.error;
}

function serverNow({ conversation, credential }: MintJob): number {
  return conversation.serverNow(new URL(credential.organization.tokensUrl).host);
}

/** Asks for a token, and once more under a new name where it cannot be known how the first request ended. */
async function create(job: MintJob, owner: Owner, asked: Asked): Promise<Minted | (Failed & { kind: 'wrong-expiry' })> {
  const first = await createOnce(job, owner, asked);
  if (first.kind === 'minted' || first.kind === 'wrong-expiry') return first;
  if (first.kind === 'refused' || !(await lookFor(job, owner.pats, first))) throw first.error;
  const again = await createOnce(job, owner, { ...asked, name: prepareName(job) });
  if (again.kind === 'minted' || again.kind === 'wrong-expiry') return again;
  if (again.kind === 'unknown') await lookFor(job, owner.pats, again);
  throw again.error;
}

async function createOnce(job: MintJob, { pats, user }: Owner, { name, validTo }: Asked): Promise<Minted | Failed> {
  const { pipeline, runtime, inputs, lease } = job;
  const request: PatRequest = { name, scope: scopes[inputs.scope].vso, validTo };
  lease.noteRequest(name, { on: utcText(runtime.now()), uptime: runtime.uptime() }, user);
  const creation = await pats.create(request);
  if (creation.kind === 'created') {
    const { pat } = creation;
    pipeline.mask(pat.token);
    lease.learn(name, { id: pat.id, expiresOn: utcText(validTo) });
    return { kind: 'minted', pat, request, serverNow: serverNow(job) };
  }
  if (creation.kind === 'wrong-expiry' || (creation.kind === 'refused' && creation.clear)) lease.drop(name);
  return { ...creation, name };
}

/** Looks for a token whose creation had no clear outcome, and revokes it; returns whether it could look. */
function lookFor(job: MintJob, pats: Pats, { name, error }: Failed): Promise<boolean> {
  job.pipeline.say(`${error.what} The token "${name}" may exist all the same: looking for it.`);
  return revokeByName(job, pats, name);
}

/**
 * Revokes a token, and returns whether it could be looked for. Its name leaves the lease only if it was there: an
 * empty list proves nothing, because the request may still take effect.
 */
async function revokeByName({ pipeline, conversation, lease }: MintJob, pats: Pats, name: string): Promise<boolean> {
  const tokens = lease.current.tokens.filter((token) => token.name === name);
  try {
    const { revoked } = await conversation.extendDuring(keptBackForRevoking, () => revokeTokens(pats, tokens));
    if (revoked.includes(name)) lease.drop(name);
    return true;
  } catch (error) {
    if (error instanceof TaskError && error.code === 'cancelled') throw error;
    pipeline.say(`The post-job step looks again. ${messageOf(error)}`);
    return false;
  }
}

function notRevoked({ request, pat }: Minted): TaskError {
  const what = `The token ${quoted(request.name)} (id ${pat.id}) would live longer than was asked, because the clocks of this machine and of Azure DevOps differ, and could not be revoked.`;
  return new TaskError('revoke-failed', what, {
    remedy: 'The post-job step tries again; correct the clock of the agent.',
  });
}

/** Whether the clocks differ so much that a token lives longer, or shorter, than was asked. */
function isOff({ pat, request, serverNow }: Minted, lifetime: number): boolean {
  const right = serverNow + lifetime;
  const granted = timeOf(pat.granted.validTo) ?? Number.NaN;
  // What the service granted beyond the request is no matter of clocks.
  if (granted > request.validTo + grace) return false;
  return granted > right + grace || request.validTo < right - grace;
}
