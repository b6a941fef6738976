import type { Pipeline } from '../../agent/pipeline';
import { readTokenName } from '../../azure-devops/tokens/token-name';
import { TaskError } from '../../errors';
import { isGuid } from '../../guid';
import { isPublicNetwork, type PublicNetwork } from '../../public-network';
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
  /** Empty until the job was given its token, then the name of its variable. A token that no job has is always revoked. */
  publishedAs: string;
  /** How main reached the network; undefined where it went straight there. A later step can change the variables for that. */
  network?: PublicNetwork;
  tokens: LeasedToken[];
}

const variable = 'agentPoolTokenLease';

/**
 * Reads what an earlier stage or attempt of this step left; undefined where it left nothing. A lease is believed only
 * if it is well-formed: a pipeline can put a text of its own in its place.
 * @throws TaskError `lease-mismatch` if it cannot be read.
 */
export function readLease(pipeline: Pipeline): Lease | undefined {
  const text = pipeline.taskVariable(variable);
  if (text === '') return undefined;
  const lease = parse(text);
  if (isLease(lease)) return lease;
  throw new TaskError('lease-mismatch', 'What the first part of this step noted for its end cannot be read.', {
    remedy: 'Revoke the tokens of this job by hand: their names begin with "agent-pool-token" and state the job.',
  });
}

/**
 * The lease while main holds it. Every change replaces it as a whole, in one command: a machine that dies leaves the
 * old one or the new one. Once no token is left in it, post finds none and stays quiet.
 */
export class OpenLease {
  readonly #pipeline: Pipeline;
  #lease: Lease;

  constructor(
    pipeline: Pipeline,
    terms: Pick<Lease, 'organization' | 'connection' | 'revoke' | 'onRevokeFailure' | 'network'>,
  ) {
    this.#pipeline = pipeline;
    this.#lease = { ...terms, publishedAs: '', tokens: [] };
  }

  get current(): Lease {
    return this.#lease;
  }

  /** Notes a token before it is asked for. */
  add(name: string): void {
    this.#save({ tokens: [...this.#lease.tokens, { name }] });
  }

  /** Takes over tokens of an earlier lease that may still take effect. */
  inherit(tokens: LeasedToken[]): void {
    this.#save({ tokens: [...tokens, ...this.#lease.tokens] });
  }

  /** Notes, just before a token is asked for, by whom and when. */
  noteRequest(name: string, asked: Moment, user: string | undefined): void {
    const tokens = this.#lease.tokens.map((token) => (token.name === name ? { ...token, asked } : token));
    this.#save({ tokens, ...(user !== undefined && { user }) });
  }

  /** Notes what the service answered about a token. */
  learn(name: string, known: Pick<LeasedToken, 'id' | 'expiresOn'>): void {
    this.#save({ tokens: this.#lease.tokens.map((token) => (token.name === name ? { ...token, ...known } : token)) });
  }

  /** Forgets a token that is known not to exist. */
  drop(name: string): void {
    this.#save({ tokens: this.#lease.tokens.filter((token) => token.name !== name) });
  }

  /** Notes that the job was given its token, as the variable of this name. */
  publish(publishedAs: string): void {
    this.#save({ publishedAs });
  }

  #save(change: Partial<Lease>): void {
    this.#lease = { ...this.#lease, ...change };
    this.#pipeline.setTaskVariable(variable, this.#lease.tokens.length === 0 ? '' : JSON.stringify(this.#lease));
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isLease(value: unknown): value is Lease {
  if (typeof value !== 'object' || value === null) return false;
  const {
    organization,
    connection,
    user,
    revoke,
    onRevokeFailure,
    publishedAs,
    network,
    tokens,
  }: Record<string, unknown> = { ...value };
  return (
    isLine(organization) &&
    isLine(connection) &&
    (user === undefined || isUser(user)) &&
    typeof revoke === 'boolean' &&
    onRevokeFailures.some((known) => known === onRevokeFailure) &&
    typeof publishedAs === 'string' &&
    (network === undefined || isPublicNetwork(network)) &&
    Array.isArray(tokens) &&
    tokens.length > 0 &&
    tokens.every(isLeasedToken)
  );
}

function isLeasedToken(value: unknown): value is LeasedToken {
  if (typeof value !== 'object' || value === null) return false;
  const { name, id, expiresOn, asked }: Record<string, unknown> = { ...value };
  return (
    typeof name === 'string' &&
    readTokenName(name) !== undefined &&
    (id === undefined || (typeof id === 'string' && isGuid(id))) &&
    (expiresOn === undefined || isDate(expiresOn)) &&
    (asked === undefined || isMoment(asked))
  );
}

function isMoment(value: unknown): value is Moment {
  const { on, uptime }: Record<string, unknown> = { ...Object(value) };
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
