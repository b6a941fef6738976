import { type Operation, operations } from '../requests/operations';
import { type NamedAnswer, namedAnswers } from './named-answers';

/** What happens in place of, or to, the normal answer. */
export type FaultAnswer =
  | {
      status: number;
      headers?: Record<string, string>;
      /** Sent as it is. */
      body?: string;
      contentType?: string;
      bom?: boolean;
    }
  /** One of the answers in named-answers.ts. */
  | { named: NamedAnswer }
  /** Never answers; the socket stays open. */
  | { hang: true }
  /** Destroys the socket without an answer. */
  | { reset: true }
  /** Answers `101 Switching Protocols`, after which the socket speaks no HTTP any more. */
  | { switchProtocols: true }
  /** Answers with a redirect (302) to this URL. */
  | { redirectTo: string }
  /** Streams a JSON text of at least this many bytes. */
  | { enormousBytes: number }
  /** `entra.token` only: refuses as Entra does, with this AADSTS code. */
  | { aadsts: number; error?: string; suberror?: string; claims?: string; status?: number; message?: string }
  /** Waits, then answers normally: with `when: 'after'` the effect comes before the wait. */
  | { delayMs: number }
  /** The normal answer, its head sent in pieces over this time. */
  | { slowHeadersMs: number }
  /** The normal answer, its body sent in pieces over this time. */
  | { slowBodyMs: number }
  /** The normal answer, cut in the middle of the body that Content-Length promises. */
  | { truncate: true }
  /** The normal answer, compressed although the client did not ask for that. */
  | { gzip: true }
  /** The normal answer behind an interim one, `100 Continue`. */
  | { continueFirst: true }
  /** The normal answer; then the connection that was to be kept is closed without notice. */
  | { closeAfter: true }
  /** The normal answer behind a byte order mark. */
  | { bom: true }
  /** The normal answer with its JSON changed. */
  | { mutate: (json: never) => unknown }
  /** The normal answer with more headers. */
  | { headers: Record<string, string> };

/** A planned misbehaviour. Faults are consumed in the order in which they were planned. */
export interface Fault {
  operation: Operation | '*';
  /** Whether the request has its effect: `before` (it has not, the default) or `after`. Matters where the answer is replaced. */
  when?: 'before' | 'after';
  /** The request has its effect so many milliseconds after the replaced answer was decided. */
  effectAfterMs?: number;
  /** How many requests it affects; default 1. */
  times?: number;
  /** How many matching requests pass unharmed first; default 0. */
  skip?: number;
  answer: FaultAnswer;
}

interface Planned {
  fault: Fault;
  skip: number;
  times: number;
}

/** The faults that are still to come. */
export class FaultPlan {
  #pending: Planned[] = [];

  /** Forgets what was still to come. */
  clear(): void {
    this.#pending = [];
  }

  add(fault: Fault): void {
    this.#pending.push({ fault, skip: fault.skip ?? 0, times: fault.times ?? 1 });
  }

  /** What is still to come, with how often. */
  get pending(): Fault[] {
    return this.#pending.map(({ fault, skip, times }) => ({ ...fault, skip, times }));
  }

  /** The fault that affects this request, if any. A fault that is still skipping holds back those planned after it. */
  take(operation: Operation): Fault | undefined {
    const entry = this.#pending.find(({ fault }) => fault.operation === '*' || fault.operation === operation);
    if (!entry) return undefined;
    if (entry.skip > 0) {
      entry.skip -= 1;
      return undefined;
    }
    entry.times -= 1;
    if (entry.times <= 0) this.#pending.splice(this.#pending.indexOf(entry), 1);
    return entry.fault;
  }
}

const answerKinds = [
  'status',
  'named',
  'hang',
  'reset',
  'switchProtocols',
  'redirectTo',
  'enormousBytes',
  'aadsts',
  'delayMs',
  'slowHeadersMs',
  'slowBodyMs',
  'truncate',
  'gzip',
  'continueFirst',
  'closeAfter',
  'bom',
  'headers',
];

/** Reads a fault that came as JSON from another process; all kinds but `mutate` can be written so. */
export function parseFault(json: Record<string, unknown>): Fault {
  const { operation, when, times, skip, effectAfterMs, answer } = json;
  if (operation !== '*' && !operations.includes(operation as Operation)) {
    throw new Error(`operation must be * or one of ${operations.join(', ')}`);
  }
  if (when !== undefined && when !== 'before' && when !== 'after') throw new Error('when must be before or after');
  for (const count of [times, skip, effectAfterMs]) {
    if (count !== undefined && typeof count !== 'number') {
      throw new Error('times, skip and effectAfterMs must be numbers');
    }
  }
  if (typeof answer !== 'object' || answer === null || !answerKinds.some((kind) => kind in answer)) {
    throw new Error(`answer must be an object with one of ${answerKinds.join(', ')}`);
  }
  if ('named' in answer && !Object.hasOwn(namedAnswers, String(answer.named))) {
    throw new Error(`named must be one of ${Object.keys(namedAnswers).join(', ')}`);
  }
  return json as unknown as Fault;
}
