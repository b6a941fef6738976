import type { Pipeline } from '../../agent/pipeline';
import { type Lease, type LeasedToken, leaseVariable, type Moment } from './lease';

/**
 * The lease while main holds it. Every change replaces it as a whole, in one command: a machine that dies leaves the
 * old one or the new one. Once no token is left in it, post finds none and stays quiet.
 */
export class OpenLease {
  readonly #pipeline: Pipeline;
  #lease: Lease;

  constructor(pipeline: Pipeline, terms: Omit<Lease, 'user' | 'tokens'>) {
    this.#pipeline = pipeline;
    this.#lease = { ...terms, tokens: [] };
  }

  get current(): Lease {
    return this.#lease;
  }

  /** Notes a token before it is asked for. */
  add(name: string): void {
    this.#save({ tokens: [...this.#lease.tokens, { name }] });
  }

  /** Takes over tokens of an earlier lease that may still take effect. What the job had of them is taken from it now. */
  inherit(tokens: LeasedToken[]): void {
    const unpublished = tokens.map(({ publishedAs: _, ...token }) => token);
    this.#save({ tokens: [...unpublished, ...this.#lease.tokens] });
  }

  /** Notes, just before a token is asked for, by whom and when. */
  noteRequest(name: string, asked: Moment, user: string | undefined): void {
    this.#save({ tokens: this.#with(name, { asked }), ...(user !== undefined && { user }) });
  }

  /** Notes what the service answered about a token. */
  learn(name: string, known: Pick<LeasedToken, 'id' | 'expiresOn'>): void {
    this.#save({ tokens: this.#with(name, known) });
  }

  /** Forgets a token that is known not to exist. */
  drop(name: string): void {
    this.#save({ tokens: this.#lease.tokens.filter((token) => token.name !== name) });
  }

  /** Notes that the job was given a token, as the variable of this name. */
  publish(name: string, publishedAs: string): void {
    this.#save({ tokens: this.#with(name, { publishedAs }) });
  }

  #with(name: string, change: Partial<LeasedToken>): LeasedToken[] {
    return this.#lease.tokens.map((token) => (token.name === name ? { ...token, ...change } : token));
  }

  #save(change: Partial<Lease>): void {
    this.#lease = { ...this.#lease, ...change };
    this.#pipeline.setTaskVariable(leaseVariable, this.#lease.tokens.length === 0 ? '' : this.#sealed());
  }

  #sealed(): string {
    const seal = this.#pipeline.seal(JSON.stringify(this.#lease));
    return JSON.stringify({ ...this.#lease, seal });
  }
}
