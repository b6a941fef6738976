import { type ErrorCode, TaskError } from '../errors';
import { Answer } from './answer';
import type { Call } from './call';
import { answerFault, type Fault, faultOf, usualMaxBytes } from './faults';
import type { HttpOutcome, HttpRequest } from './request';
import { maxRetryAfter, mayRepeat, Retries } from './retries';
import type { Runtime } from './runtime';
import { ServerClocks } from './server-clocks';

export type { Call } from './call';

/** Milliseconds that one request may take. */
const requestTimeout = 30_000;

/**
 * One careful series of JSON calls with a time budget: bounded in time and size, with retries where they do no harm,
 * and as slow as the service asks for.
 * https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits
 */
export class Conversation {
  readonly #runtime: Runtime;
  /** Shared with the parts of a conversation. Not before that time, by the monotonic clock, the service may be asked next. */
  readonly #service: { notBefore: number; clocks: ServerClocks; stop: AbortController };
  /** By the monotonic clock: the wall clock may be set while the step runs. */
  #deadline: number;

  /**
   * @param budget milliseconds for everything that is asked in it.
   * @param whole the conversation that this one is a part of: it ends with it, and waits as the service asked there.
   */
  constructor(runtime: Runtime, budget: number, whole?: Conversation) {
    this.#runtime = runtime;
    const end = runtime.monotonic() + budget;
    this.#deadline = whole ? Math.min(end, whole.#deadline) : end;
    this.#service = whole ? whole.#service : { notBefore: 0, clocks: new ServerClocks(), stop: new AbortController() };
  }

  /** A part of this conversation that may use only so many milliseconds of it. */
  part(budget: number): Conversation {
    return new Conversation(this.#runtime, budget, this);
  }

  /** Adds milliseconds that had been kept back. */
  extend(milliseconds: number): void {
    this.#deadline += milliseconds;
  }

  /** Adds them for as long as this runs. */
  async extendDuring<Result>(milliseconds: number, run: () => Promise<Result>): Promise<Result> {
    this.extend(milliseconds);
    return run().finally(() => this.extend(-milliseconds));
  }

  /** Gives up what is being asked, and asks nothing any more. */
  stop(): void {
    this.#service.stop.abort();
  }

  /**
   * Opens the connections that come next while something else is under way. Sends nothing, and fails silently.
   * @param urls of the requests that come next.
   */
  connectAhead(urls: string[]): void {
    if (!this.#service.stop.signal.aborted) this.#runtime.connectAhead(urls);
  }

  /** The wall clock of this machine: milliseconds since 1970, UTC. */
  now(): number {
    return this.#runtime.now();
  }

  /** Milliseconds by a clock that only ever goes forward, from any start: for measuring how long something takes. */
  monotonic(): number {
    return this.#runtime.monotonic();
  }

  /**
   * Milliseconds since 1970, UTC, by the clock of a host (`vssps.dev.azure.com`), as its last answer here showed it; by
   * that of this machine where it has not answered yet. Without a host, by the clock of the server that answered last;
   * one that is more than a day away from this machine's is not believed then.
   */
  serverNow(host?: string): number {
    return this.#runtime.now() + this.#service.clocks.ahead(host);
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
   * Returns the answer, of any status, unless it stands for a temporary failure that outlasted its tries.
   * @throws TaskError `throttled`, `timed-out`, `network`, `cancelled`, or `response-malformed` for an endless answer.
   */
  async ask(call: Call): Promise<Answer> {
    const retries = new Retries();
    for (;;) {
      await this.#awaitTurn(call);
      const fault = await this.#send(call);
      if (fault instanceof Answer) return fault;
      const { answer } = fault;
      const wait = answer?.retryAfter(this.#runtime.now());
      retries.note(fault, wait);
      const { tries } = retries;
      if (retries.areUsedUp || !mayRepeat(fault, call.again)) {
        if (answer && fault.code !== 'throttled' && call.isPassing?.(answer)) return answer;
        throw failure(call, fault, tries);
      }
      if (!(await this.#backOff(retries, wait))) throw failure(call, impatient(fault, wait), tries);
    }
  }

  /** @returns whether there was time to wait before the next try. */
  async #backOff(retries: Retries, wait = 0): Promise<boolean> {
    if (wait > maxRetryAfter) return false;
    const random = (this.#runtime.randomBytes(1)[0] ?? 0) / 256;
    return this.pause(retries.delay(wait, random, this.#remaining()));
  }

  async #send(call: Call): Promise<Answer | Fault> {
    this.#refuseIfStopped(call);
    const timeout = Math.min(requestTimeout, this.#remaining());
    if (timeout <= 0) throw failure(call, { code: 'timed-out', reason: 'the time of this step was used up' });
    const { method, url, headers, body, maxBytes = usualMaxBytes, patience = 0 } = call;
    // What may not be asked for again must not fail for a kept connection that the server closed meanwhile.
    const fresh = call.again === 'throttling';
    const request = { method, url, headers, timeout, maxBytes, fresh, ...(body !== undefined && { body }) };
    const outcome = await this.#sendUntilStopped(request, patience);
    if (outcome.kind !== 'answer') {
      this.#refuseIfStopped(call);
      return faultOf(outcome, call, timeout);
    }
    const answer = new Answer(outcome, call);
    this.#service.clocks.note(answer, this.#runtime.now());
    // A Retry-After counts for what is asked next, also where it comes with a success.
    const wait = answer.retryAfter(this.#runtime.now()) ?? 0;
    this.#service.notBefore = Math.max(this.#service.notBefore, this.#runtime.monotonic() + wait);
    return answerFault(answer, call) ?? answer;
  }

  /** Sends a request, and gives it up so many milliseconds after the conversation was stopped. */
  async #sendUntilStopped(request: HttpRequest, patience: number): Promise<HttpOutcome> {
    const { signal: stopped } = this.#service.stop;
    if (patience === 0) return this.#runtime.send({ ...request, signal: stopped });
    const [giveUp, done] = [new AbortController(), new AbortController()];
    const wait = () => void this.#runtime.sleep(patience, done.signal).then(() => giveUp.abort());
    stopped.addEventListener('abort', wait, { once: true, signal: done.signal });
    try {
      return await this.#runtime.send({ ...request, signal: giveUp.signal });
    } finally {
      done.abort();
    }
  }

  #refuseIfStopped(call: Call): void {
    if (!this.#service.stop.signal.aborted) return;
    throw new TaskError('cancelled', `${call.doing} was given up, because this step was cancelled.`);
  }

  #remaining(): number {
    return this.#deadline - this.#runtime.monotonic();
  }

  /** Waits as long as the service asks everybody to, which it may do again meanwhile. */
  async #awaitTurn(call: Call): Promise<void> {
    for (;;) {
      const wait = this.#service.notBefore - this.#runtime.monotonic();
      if (wait <= 0 || this.#service.stop.signal.aborted) return;
      if (wait <= maxRetryAfter && (await this.pause(wait))) continue;
      if (call.urgent) return;
      const reason = `the service asked to wait ${Math.ceil(wait / 1000)} s first`;
      throw failure(call, { code: 'throttled', reason });
    }
  }
}

/** A fault that might have passed, had there been the time that the service asks for. */
function impatient(fault: Fault, wait: number | undefined): Fault {
  if (wait === undefined) return fault;
  const code: ErrorCode = wait > maxRetryAfter ? 'throttled' : fault.code;
  return { ...fault, code, reason: `${fault.reason}; it asks to wait ${Math.ceil(wait / 1000)} s` };
}

function failure(call: Call, { code, reason, remedy }: Omit<Fault, 'passing'>, tries = 1): TaskError {
  const after = tries > 1 ? `, after ${tries} tries` : '';
  const what = `${call.doing} at ${new URL(call.url).host} failed: ${reason}${after}.`;
  return new TaskError(code, what, { remedy });
}
