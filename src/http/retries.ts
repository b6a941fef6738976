import type { Call } from './call';
import type { Fault } from './faults';

const maxTries = 4;
/** Milliseconds before the second try, without chance; each further delay is twice as long. */
const firstDelay = 500;
/** Milliseconds: a service that asks for more is not waited for. */
export const maxRetryAfter = 60_000;
/** Milliseconds: a throttled request that asks for less than this counts as a try, so that it cannot go on for ever. */
const minRetryAfter = 1_000;
/** Milliseconds by which chance adds to a wait that was asked for, times the requests so far. */
const maxSpread = 20_000;
/** Milliseconds that waits leave for what is asked between them. */
const keptForAnswers = 5_000;

/** The tries of one call. */
export class Retries {
  /** Requests that count as a try. */
  tries = 0;
  #requests = 0;

  /** Notes a request that ended with a fault, and the milliseconds that its answer asked to wait. */
  note(fault: Fault, wait = 0): void {
    this.#requests++;
    const waitsAsAsked = fault.code === 'throttled' && wait >= minRetryAfter && wait <= maxRetryAfter;
    if (!waitsAsAsked) this.tries++;
  }

  get areUsedUp(): boolean {
    return this.tries >= maxTries;
  }

  /**
   * Milliseconds until the next request: longer each time, and at least as long as was asked. Chance spreads what many
   * jobs do that were all asked to come back at once: else they would be turned away together until they give up.
   * @param random between 0 and 1.
   * @param remaining milliseconds of the budget.
   */
  delay(asked: number, random: number, remaining: number): number {
    const backOff = firstDelay * 2 ** (Math.max(this.tries, 1) - 1) * (1 + random / 2);
    // What the tries that are left must wait at least is never spent on chance.
    const triesLeft = maxTries - this.tries;
    const spare = Math.max(0, remaining - keptForAnswers - asked * triesLeft) / triesLeft;
    const spread = Math.min(random * this.#requests * Math.min(asked, maxSpread), spare);
    return Math.max(backOff, asked + spread);
  }
}

/** Whether a fault may be asked for again at all. */
export function mayRepeat(fault: Fault, again: Call['again']): boolean {
  return fault.passing && (again === 'any-fault' || (again === 'throttling' && fault.code === 'throttled'));
}
