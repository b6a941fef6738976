import type { Strain } from '../requests/exchange';
import type { Fault, FaultAnswer } from './faults';

export interface OverloadOptions {
  /** How many requests are let through in any one second; the others are answered 429. */
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
  #letThrough: number[] = [];

  constructor(readonly options: OverloadOptions) {}

  /** Decides what befalls the request that arrives now; undefined if nothing does. */
  befall(now: number): { strain: Strain; fault: Fault } | undefined {
    const { requestsPerSecond, retryAfterSeconds, failureShare, random = Math.random } = this.options;
    const fate = random();
    if (fate < failureShare) {
      const when = fate < failureShare / 2 ? 'before' : 'after';
      const answer = failures[Math.floor(random() * failures.length)] as FaultAnswer;
      return { strain: when === 'before' ? 'failedBefore' : 'failedAfter', fault: { operation: '*', when, answer } };
    }
    this.#letThrough = this.#letThrough.filter((at) => at > now - 1000);
    if (this.#letThrough.length >= requestsPerSecond) {
      const headers = { 'Retry-After': String(retryAfterSeconds) };
      return { strain: 'throttled', fault: { operation: '*', answer: { status: 429, headers } } };
    }
    this.#letThrough.push(now);
    return undefined;
  }
}
