import type { Pipeline } from '../../agent/pipeline';
import { isPublicNetwork, type PublicNetwork } from '../../agent-network';
import { isOfSameJob, originOf, readTokenName } from '../../azure-devops/tokens/token-name';
import { TaskError } from '../../errors';
import { isGuid } from '../../guid';
import { fieldsOf, parseJson } from '../../json';
import { type OnRevokeFailure, onRevokeFailures } from '../inputs';

/** A token that may be alive: its unique name, and what is known of it. */
export interface LeasedToken {
  name: string;
  /** The token's authorizationId, once the service has answered with it. */
  id?: string;
  /** ISO 8601, UTC. */
  expiresOn?: string;
  /** When it was asked for; without it, it never was. */
  asked?: Moment;
  /** The variable as which the job was given it. One that no job has is always revoked. */
  publishedAs?: string;
}

/** A moment by both clocks of the machine. */
export interface Moment {
  /** ISO 8601, UTC, by the wall clock, which people can set. */
  on: string;
  /** Milliseconds since the machine started, which they cannot. */
  uptime: number;
}

/** What main leaves for post, so that post can revoke what main may have made. Nothing in it is secret. */
export interface Lease {
  /** Base URL of the organization's token API. */
  organization: string;
  /** Who signed in: the service connection's id, or the kind of input. */
  connection: string;
  /** The user's tenant and object id, where the Entra token states them. */
  user?: string;
  /** Whether the tokens are to be revoked when the job ends. */
  revoke: boolean;
  /** How post ends where it cannot revoke: later steps can change the variables of an input. */
  onRevokeFailure: OnRevokeFailure;
  /** How main reached the network; undefined where it went straight there. A later step can change the variables for that. */
  network?: PublicNetwork;
  tokens: LeasedToken[];
}

/** A lease that was found, and whether it is certain that this job wrote it. */
export interface FoundLease extends Lease {
  isOwn: boolean;
}

/** The task variable that holds it. */
export const leaseVariable = 'agentPoolTokenLease';
const byHand = 'Revoke the tokens of this job by hand: their names begin with "agent-pool-token" and state the job.';

/**
 * Reads what an earlier stage or attempt of this step left; undefined where it left nothing. A lease is believed only
 * if it is well-formed and of this job: the `env` of a step can put a text of its own in its place.
 * @throws TaskError `lease-mismatch` if it cannot be read, or names tokens of another job.
 */
export function readLease(pipeline: Pipeline): FoundLease | undefined {
  const text = pipeline.taskVariable(leaseVariable);
  if (text === '') return undefined;
  const { seal, ...lease } = fieldsOf(parseJson(text));
  if (!isLease(lease)) {
    const what = 'What the first part of this step noted for its end cannot be read.';
    throw new TaskError('lease-mismatch', what, { remedy: byHand });
  }
  const isOwn = seal === pipeline.seal(JSON.stringify(lease));
  if (isOwn || isOfThisJob(lease, pipeline)) return { ...lease, isOwn };
  const what =
    'What stands in place of the note that the first part of this step left for its end names tokens of another job. Nothing was revoked.';
  throw new TaskError('lease-mismatch', what, {
    remedy: `Remove VSTS_TASKVARIABLE_ entries from the env of the step. ${byHand}`,
  });
}

function isOfThisJob({ tokens }: Lease, pipeline: Pipeline): boolean {
  // Where variables can stand for the token that seals, a later step must not keep a token alive by one.
  if (pipeline.forgedNames().length > 0) return true;
  const own = originOf(pipeline, false);
  return tokens.every(({ name }) => {
    const origin = readTokenName(name);
    return origin !== undefined && isOfSameJob(origin, own);
  });
}

function isLease(value: unknown): value is Lease {
  const lease = fieldsOf(value);
  return (
    isLine(lease.organization) &&
    isLine(lease.connection) &&
    (lease.user === undefined || isUser(lease.user)) &&
    typeof lease.revoke === 'boolean' &&
    onRevokeFailures.some((known) => known === lease.onRevokeFailure) &&
    (lease.network === undefined || isPublicNetwork(lease.network)) &&
    Array.isArray(lease.tokens) &&
    lease.tokens.length > 0 &&
    lease.tokens.every(isLeasedToken)
  );
}

function isLeasedToken(value: unknown): value is LeasedToken {
  const { name, id, expiresOn, asked, publishedAs } = fieldsOf(value);
  return (
    typeof name === 'string' &&
    readTokenName(name) !== undefined &&
    (id === undefined || (typeof id === 'string' && isGuid(id))) &&
    (expiresOn === undefined || isDate(expiresOn)) &&
    (asked === undefined || isMoment(asked)) &&
    (publishedAs === undefined || typeof publishedAs === 'string')
  );
}

function isMoment(value: unknown): value is Moment {
  const { on, uptime } = fieldsOf(value);
  return isDate(on) && typeof uptime === 'number' && Number.isFinite(uptime) && uptime >= 0;
}

function isDate(value: unknown): boolean {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z$/.test(value);
}

function isUser(value: unknown): boolean {
  return typeof value === 'string' && value.split('/').length === 2 && value.split('/').every(isGuid);
}

function isLine(value: unknown): boolean {
  return typeof value === 'string' && /^[\x21-\x7e]{1,500}$/.test(value);
}
