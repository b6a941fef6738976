import type { Strain } from '../requests/exchange';
import type { Fault, FaultAnswer } from './faults';

export interface OverloadOptions {
  /** How many requests are accepted in any one second; the others are answered 429. */
  requestsPerSecond: number;
  /** What a 429 asks to wait. */
  retryAfterSeconds: number;
  /** Share of all requests that fail, 0 to 1: half of them before their effect, half after it. */
  failureShare: number;
  /** From 0 to less than 1; default `Math.random`. */
  random?: () => number;
}

const failures: FaultAnswer[] = [{ status: 500 }, { status: 503 }, { reset: true }];

/** Services that are asked for more than they can do. */
export class Overload {
  #accepted: number[] = [];

  constructor(readonly options: OverloadOptions) {}

  /** Decides how the request that arrives now fails; undefined where it is answered. */
  strain(now: number): { strain: Strain; fault: Fault } | undefined {
    const { requestsPerSecond, retryAfterSeconds, failureShare, random = Math.random } = this.options;
    const fate = random();
    if (fate < failureShare) {
      const when = fate < failureShare / 2 ? 'before' : 'after';
      const answer = failures[Math.floor(random() * failures.length)] as FaultAnswer;
      return { strain: when === 'before' ? 'failedBefore' : 'failedAfter', fault: { operation: '*', when, answer } };
    }
    this.#accepted = this.#accepted.filter((at) => at > now - 1000);
    if (this.#accepted.length >= requestsPerSecond) {
      const headers = { 'Retry-After': String(retryAfterSeconds) };
      return { strain: 'throttled', fault: { operation: '*', answer: { status: 429, headers } } };
    }
    this.#accepted.push(now);
    return undefined;
  }
}
