import { type ErrorCode, TaskError } from '../errors';
import type { Secret } from '../secret';
import { Answer } from './answer';
import { connectionFault } from './connection-faults';
import type { HttpOutcome, HttpRequest, Runtime } from './runtime';

const requestTimeout = 30_000;
const mostTries = 4;
const firstDelay = 500;
/** Bytes: 1 MiB. */
const usualLimit = 1024 * 1024;
const longestRetryAfter = 60_000;
/** Milliseconds by which chance adds to a wait that was asked for, times the tries so far. */
const widestSpread = 20_000;
/** Milliseconds that waits leave for what is asked between them. */
const keptForAnswers = 5_000;
const passingStatuses = [429, 500, 502, 503, 504];
const mostServerOffset = 24 * 60 * 60_000;

export interface Call {
  method: HttpRequest['method'];
  url: string;
  headers: Record<string, string>;
  body?: string;
  /** What is being done, for messages: "Creating the token". */
  doing: string;
  /** Every secret that this call sends, so that an answer that echoes one is never quoted with it. */
  secrets: Secret[];
  /**
   * What may be tried again: `any-fault` where doing it twice does no harm, `throttling` where only a refusal for
   * lack of capacity proves that nothing was done.
   */
  again: 'any-fault' | 'throttling';
  /** Recognises further answers that stand for a passing fault; the last of them is returned. */
  isPassing?: (answer: Answer) => boolean;
  /** Recognises answers that settle what was asked, whatever their status: they are returned, and not asked for again. */
  isSettled?: (answer: Answer) => boolean;
  /** Bytes that the answer may have, if more than usual. */
  largest?: number;
  /** Sent even while the service asks everyone to wait: a revocation must not be given up for politeness. */
  urgent?: boolean;
}

/**
 * One careful series of JSON calls with a time budget: bounded in time and size, with retries where they do no harm,
 * and as slow as the service asks for.
 * https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits
 */
export class Conversation {
  readonly #runtime: Runtime;
  /** Shared with the parts of a conversation. */
  readonly #service: { notBefore: number; clockAhead: number; stop: AbortController };
  #deadline: number;

  /**
   * @param budget milliseconds for everything that is asked in it.
   * @param whole the conversation that this one is a part of: it ends with it, and waits as the service asked there.
   */
  constructor(runtime: Runtime, budget: number, whole?: Conversation) {
    this.#runtime = runtime;
    const end = runtime.now() + budget;
    this.#deadline = whole ? Math.min(end, whole.#deadline) : end;
    this.#service = whole ? whole.#service : { notBefore: 0, clockAhead: 0, stop: new AbortController() };
  }

  /** A part of this conversation that may use only so many milliseconds of it. */
  part(budget: number): Conversation {
    return new Conversation(this.#runtime, budget, this);
  }

  /** Adds milliseconds that had been kept back. */
  extend(milliseconds: number): void {
    this.#deadline += milliseconds;
  }

  /** Gives up what is being asked, and asks nothing any more. */
  stop(): void {
    this.#service.stop.abort();
  }

  /** Milliseconds since 1970, UTC. */
  now(): number {
    return this.#runtime.now();
  }

  /**
   * The same by the clock of the server that answered last: that of an agent may be wrong. A server that is more than a
   * day away is not believed, because its clock decides how long a token lives.
   */
  serverNow(): number {
    return this.#runtime.now() + this.#service.clockAhead;
  }

  /**
   * Waits, unless that would overrun the budget.
   * @returns whether it waited.
   */
  async pause(milliseconds: number): Promise<boolean> {
    if (milliseconds > this.#remaining()) return false;
    await this.#runtime.sleep(milliseconds, this.#service.stop.signal);
    return true;
  }

  /**
   * Returns the answer, whatever it says, unless it stands for a passing fault that outlasted its tries.
   * @throws TaskError `throttled`, `timed-out`, `network`, `cancelled`, or `response-malformed` for an endless answer.
   */
  async ask(call: Call): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      await this.#awaitTurn(call);
      const timeout = Math.min(requestTimeout, this.#remaining());
      this.#refuseIfStopped(call);
      if (timeout <= 0) throw this.#failure(call, 'timed-out', 'the time of this step was used up');
      const outcome = await this.#send(call, timeout);
      if (outcome.kind !== 'answer') this.#refuseIfStopped(call);
      const answer = outcome.kind === 'answer' ? new Answer(outcome, call) : undefined;
      if (answer) this.#noteServerTime(answer);
      const wait = answer && this.#noteRetryAfter(answer);

      const fault = faultOf(outcome, answer, call, timeout);
      if (!fault) return answer as Answer;
      const mayRepeat = fault.passing && (call.again === 'any-fault' || fault.code === 'throttled');
      const isLast = attempt === mostTries;
      const isFinal = isLast || !mayRepeat;
      if (isFinal && answer && fault.code !== 'throttled' && call.isPassing?.(answer)) return answer;
      if (isFinal) throw this.#failure(call, fault.code, fault.reason, attempt, fault.remedy);

      if ((wait ?? 0) > longestRetryAfter || !(await this.#backOff(attempt, wait ?? 0))) {
        const asked = wait === undefined ? '' : `; it asks to wait ${Math.ceil(wait / 1000)} s`;
        const code = (wait ?? 0) > longestRetryAfter ? 'throttled' : fault.code;
        throw this.#failure(call, code, fault.reason + asked, attempt, fault.remedy);
      }
    }
  }

  /**
   * Waits longer each time, and at least as long as was asked. Chance spreads what many jobs do that were all told to
   * come back at once: else they would be turned away together until they give up.
   * @returns whether there was time for it.
   */
  async #backOff(attempt: number, asked: number): Promise<boolean> {
    const chance = (this.#runtime.randomBytes(1)[0] ?? 0) / 256;
    const backOff = firstDelay * 2 ** (attempt - 1) * (1 + chance / 2);
    // What the tries that are left must wait at least is never spent on chance.
    const waitsLeft = mostTries - attempt;
    const spare = Math.max(0, this.#remaining() - keptForAnswers - asked * waitsLeft) / waitsLeft;
    const spread = Math.min(chance * attempt * Math.min(asked, widestSpread), spare);
    return this.pause(Math.max(backOff, asked + spread));
  }

  async #send({ method, url, headers, body, largest }: Call, timeout: number): Promise<HttpOutcome> {
    const { signal } = this.#service.stop;
    const request = { method, url, headers, timeout, signal, largest: largest ?? usualLimit };
    return this.#runtime.send({ ...request, ...(body !== undefined && { body }) });
  }

  #refuseIfStopped(call: Call): void {
    if (!this.#service.stop.signal.aborted) return;
    throw new TaskError('cancelled', `${call.doing} was given up, because this step was cancelled.`);
  }

  #remaining(): number {
    return this.#deadline - this.#runtime.now();
  }

  #noteServerTime(answer: Answer): void {
    const ahead = Date.parse(answer.header('date') ?? '') - this.#runtime.now();
    // What is no date is not within a day either.
    if (Math.abs(ahead) <= mostServerOffset) this.#service.clockAhead = ahead;
  }

  /** A Retry-After counts for whatever is asked next, also where it comes with a success. */
  #noteRetryAfter(answer: Answer): number | undefined {
    const wait = answer.retryAfter(this.#runtime.now());
    if (wait !== undefined) this.#service.notBefore = Math.max(this.#service.notBefore, this.#runtime.now() + wait);
    return wait;
  }

  /** Waits as long as the service asks everybody to, which it may do again meanwhile. */
  async #awaitTurn(call: Call): Promise<void> {
    for (;;) {
      const wait = this.#service.notBefore - this.#runtime.now();
      if (wait <= 0 || this.#service.stop.signal.aborted) return;
      if (wait <= longestRetryAfter && (await this.pause(wait))) continue;
      if (call.urgent) return;
      throw this.#failure(call, 'throttled', `the service asked to wait ${Math.ceil(wait / 1000)} s first`);
    }
  }

  #failure(call: Call, code: ErrorCode, reason: string, attempts = 1, remedy?: string): TaskError {
    const tries = attempts > 1 ? `, after ${attempts} tries` : '';
    const what = `${call.doing} at ${new URL(call.url).host} failed: ${reason}${tries}.`;
    return new TaskError(code, what, remedy === undefined ? {} : { remedy });
  }
}

interface Fault {
  code: ErrorCode;
  reason: string;
  passing: boolean;
  remedy?: string;
}

function faultOf(outcome: HttpOutcome, answer: Answer | undefined, call: Call, timeout: number): Fault | undefined {
  switch (outcome.kind) {
    case 'timed-out': {
      const through = outcome.proxy === undefined ? '' : ` through the proxy ${outcome.proxy}`;
      return { code: 'timed-out', reason: `no answer${through} within ${Math.round(timeout / 1000)} s`, passing: true };
    }
    case 'broken':
      return { code: 'network', ...connectionFault(outcome) };
    case 'too-large':
      return {
        code: 'response-malformed',
        reason: `the answer is larger than ${(call.largest ?? usualLimit) / usualLimit} MiB`,
        passing: false,
      };
    case 'answer': {
      const { status } = outcome;
      if (answer !== undefined && call.isSettled?.(answer)) return undefined;
      if (status === 429) return { code: 'throttled', reason: 'the service is limiting requests (429)', passing: true };
      const passing = passingStatuses.includes(status) || (answer !== undefined && call.isPassing?.(answer) === true);
      if (passing || status >= 500) return { code: 'network', reason: `the service answered ${status}`, passing };
      return undefined;
    }
  }
}
