import type { PatRecord } from '../../dev/emulator';
import { bodyOf, headersOf, type Outcome, type Services, type VirtualTime } from '../../dev/emulator';
import type { HttpOutcome, HttpRequest } from '../../src/http/runtime';

/** How what a request ended in reaches its client, which waits no longer than it allows. */
export async function ask(services: Services, request: HttpRequest, time: VirtualTime): Promise<HttpOutcome> {
  const given = new AbortController();
  const { method, url, headers, body = '' } = request;
  const answered = services.answer({ method, url, headers, body }).then((outcome) => arrive(outcome, time));
  const late = time.sleep(request.timeout, given.signal).then((): HttpOutcome => ({ kind: 'timed-out' }));
  try {
    const races: Promise<HttpOutcome>[] = [answered, late];
    if (request.signal) races.push(aborted(request.signal, given.signal));
    return await Promise.race(races);
  } finally {
    given.abort();
  }
}

function aborted(signal: AbortSignal, over: AbortSignal): Promise<HttpOutcome> {
  return new Promise((resolve) => {
    const end = () => resolve({ kind: 'broken', reason: 'ABORT_ERR' });
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { signal: over });
  });
}

/** The client's side of an outcome. What only a socket can show is for the tests that have one. */
async function arrive(outcome: Outcome, time: VirtualTime): Promise<HttpOutcome> {
  switch (outcome.kind) {
    case 'answer': {
      const { slowHeadersMs = 0, slowBodyMs = 0, truncate, gzip } = outcome.manner;
      if (gzip) throw new Error('whether an answer is decompressed is for the tests of the transport');
      await time.sleep(slowHeadersMs + slowBodyMs);
      return truncate ? { kind: 'broken', reason: 'ECONNRESET' } : answerOf(outcome.answer);
    }
    case 'enormous':
      return { kind: 'too-large' };
    case 'hang':
      return new Promise(() => undefined);
    case 'reset':
    case 'switch-protocols':
      return { kind: 'broken', reason: 'ECONNRESET' };
  }
}

/** An answer of the services as the transport hands it over. */
export function answerOf(answer: Extract<Outcome, { kind: 'answer' }>['answer']): HttpOutcome {
  const body = bodyOf(answer);
  const headers = Object.entries(headersOf(answer, body)).map(([name, value]) => [
    name.toLowerCase(),
    Array.isArray(value) ? value[0] : value,
  ]);
  return { kind: 'answer', status: answer.status, headers: Object.fromEntries(headers), body: body.toString() };
}

/** The tokens that are not revoked, by name, as the tests of one story look at them. */
export class AliveTokens {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  get #records(): PatRecord[] {
    return this.#services.state.pats.filter(({ revoked }) => !revoked);
  }

  get size(): number {
    return this.#records.length;
  }

  /** Adds a token that the user made at some time. */
  set(displayName: string, authorizationId: string): void {
    const { state } = this.#services;
    state.pats.push({
      displayName,
      authorizationId,
      scope: 'vso.agentpools_manage',
      targetAccounts: [state.organizationId],
      token: `the token ${authorizationId}`,
      validFrom: state.clock.now(),
      // The service lists first what expires last, and these tests what was there first.
      validTo: state.clock.now() + 365 * 24 * 3_600_000 - state.pats.length * 1000,
      userOid: state.users.default.oid,
      revoked: false,
    });
  }

  has(name: string): boolean {
    return this.#records.some(({ displayName }) => displayName === name);
  }

  /** Removes a token as if it had never been made. */
  delete(name: string): boolean {
    const { pats } = this.#services.state;
    const index = pats.findIndex(({ displayName, revoked }) => displayName === name && !revoked);
    if (index >= 0) pats.splice(index, 1);
    return index >= 0;
  }

  clear(): void {
    this.#services.state.pats.length = 0;
  }

  keys(): string[] {
    return this.#records.map(({ displayName }) => displayName);
  }

  values(): string[] {
    return this.#records.map(({ authorizationId }) => authorizationId);
  }

  /** The record of the token of this name. */
  record(name: string): PatRecord | undefined {
    return this.#records.find(({ displayName }) => displayName === name);
  }
}
