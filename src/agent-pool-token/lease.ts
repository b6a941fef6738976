import type { Pipeline } from '../agent/pipeline';
import { quoted, TaskError } from '../errors';

/** A token that may be alive: its unique name, and its id once the service has told it. */
export interface LeasedToken {
  name: string;
  /** The token's authorizationId. */
  id?: string;
  /** ISO 8601, UTC. */
  expiresOn?: string;
}

/** What main leaves for post, so that post can revoke whatever main may have made. Nothing in it is secret. */
export interface Lease {
  /** Base URL of the organization's token API. */
  organization: string;
  /** Who signed in: the service connection's id, or the kind of input. */
  connection: string;
  /** The user's tenant and object id, where the Entra token told them. */
  user?: string;
  /** Whether the tokens are to be revoked when the job ends. */
  revoke: boolean;
  /** Whether the job was given its token. Until then nobody can use a token, so that even one to be kept is revoked. */
  published: boolean;
  tokens: LeasedToken[];
}

const variable = 'agentPoolTokenLease';

/**
 * Reads what an earlier stage or attempt of this step left; undefined where it left nothing.
 * @throws TaskError `lease-mismatch` if it cannot be read.
 */
export function readLease(pipeline: Pipeline): Lease | undefined {
  const text = pipeline.taskVariable(variable);
  if (text === '') return undefined;
  const lease = parse(text);
  if (!isLease(lease)) {
    throw new TaskError('lease-mismatch', 'What the first part of this step noted for its end cannot be read.', {
      remedy: 'Revoke the tokens of this job by hand: their names begin with "agent-pool-token" and tell the job.',
    });
  }
  return lease;
}

/**
 * The lease while main holds it. Every change replaces it as a whole, in one command: a machine that dies leaves the
 * old one or the new one. Once no token is left in it, post finds none and stays quiet.
 */
export class OpenLease {
  readonly #pipeline: Pipeline;
  #lease: Lease;

  constructor(pipeline: Pipeline, terms: Pick<Lease, 'organization' | 'connection' | 'revoke'>) {
    this.#pipeline = pipeline;
    this.#lease = { ...terms, published: false, tokens: [] };
  }

  get current(): Lease {
    return this.#lease;
  }

  /** Notes a token before it is asked for. */
  add(name: string): void {
    this.#save({ tokens: [...this.#lease.tokens, { name }] });
  }

  /** Takes over tokens of an earlier lease that nobody can tell the end of. */
  inherit(tokens: LeasedToken[]): void {
    this.#save({ tokens: [...tokens, ...this.#lease.tokens] });
  }

  learnUser(user: string | undefined): void {
    if (user !== undefined) this.#save({ user });
  }

  learnToken(token: LeasedToken): void {
    this.#save({ tokens: this.#lease.tokens.map((known) => (known.name === token.name ? token : known)) });
  }

  /** Forgets a token that is known not to exist. */
  drop(name: string): void {
    this.#save({ tokens: this.#lease.tokens.filter((token) => token.name !== name) });
  }

  publish(): void {
    this.#save({ published: true });
  }

  #save(change: Partial<Lease>): void {
    this.#lease = { ...this.#lease, ...change };
    this.#pipeline.setTaskVariable(variable, this.#lease.tokens.length === 0 ? '' : JSON.stringify(this.#lease));
  }
}

/**
 * Makes sure that who is about to revoke is who minted.
 * @throws TaskError `lease-mismatch`; nothing has been sent yet.
 */
export function checkSameCredential(lease: Lease, organization: string, connection: string): void {
  if (lease.organization === organization && lease.connection === connection) return;
  throw new TaskError(
    'lease-mismatch',
    `This step now names another connection or organization than the one that minted ${describeTokens(lease)}.`,
  );
}

/**
 * Makes sure that the user who signed in owns the tokens: a stranger's "not found" means nothing.
 * @throws TaskError `lease-mismatch` where both users are known and differ.
 */
export function checkSameUser(lease: Lease, user: string | undefined): void {
  if (lease.user === undefined || user === undefined || lease.user === user) return;
  throw new TaskError('lease-mismatch', `Another user signed in than the one who owns ${describeTokens(lease)}.`);
}

/**
 * Makes sure that a "not found" can be believed: the owner of the tokens is known, and who asked is not.
 * @throws TaskError `lease-mismatch`.
 */
export function checkNotFound(lease: Lease, user: string | undefined, notFound: string[]): void {
  if (notFound.length === 0 || lease.user === undefined || lease.user === user) return;
  throw new TaskError('lease-mismatch', `Nobody can tell whether ${describeTokens(lease)} is gone.`);
}

/** The tokens of a lease as a person finds them in the list of the user's tokens. */
export function describeTokens(lease: Lease): string {
  return lease.tokens
    .map(({ name, id, expiresOn }) => {
      const known = [id && `id ${id}`, expiresOn && `expires ${expiresOn}`].filter(Boolean).join(', ');
      return `token ${quoted(name)}${known && ` (${known})`}`;
    })
    .join(' and ');
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
  const { organization, connection, user, revoke, published, tokens } = value as Record<string, unknown>;
  return (
    typeof organization === 'string' &&
    typeof connection === 'string' &&
    (user === undefined || typeof user === 'string') &&
    typeof revoke === 'boolean' &&
    typeof published === 'boolean' &&
    Array.isArray(tokens) &&
    tokens.length > 0 &&
    tokens.every(isLeasedToken)
  );
}

function isLeasedToken(value: unknown): value is LeasedToken {
  if (typeof value !== 'object' || value === null) return false;
  const { name, id, expiresOn } = value as Record<string, unknown>;
  return (
    typeof name === 'string' &&
    (id === undefined || typeof id === 'string') &&
    (expiresOn === undefined || typeof expiresOn === 'string')
  );
}
