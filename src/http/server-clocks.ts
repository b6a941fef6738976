import { day } from '../time';
import type { Answer } from './answer';

/** The clocks of servers, as the `Date` of their answers shows them. */
export class ServerClocks {
  readonly #aheadOf = new Map<string, number>();
  #lastAhead = 0;

  note(answer: Answer, now: number): void {
    if (answer.date === undefined) return;
    const ahead = answer.date - now;
    this.#aheadOf.set(answer.host, ahead);
    // One that is more than a day away is not believed where any server will do.
    if (Math.abs(ahead) <= day) this.#lastAhead = ahead;
  }

  /** Milliseconds by which a host is ahead of this machine; without a host, the one that answered last. */
  ahead(host: string | undefined): number {
    return host === undefined ? this.#lastAhead : (this.#aheadOf.get(host) ?? 0);
  }
}
