import { echoes } from '../echoes';
import { serverText } from '../errors';
import { isRecord, parseJson } from '../json';
import { Secret } from '../secret';
import { timeOf } from '../time';
import type { HttpOutcome } from './request';

/** Characters of a text of the server that are looked at: a message shows fewer, and comparing a million takes minutes. */
const maxQuoted = 4_000;
/** Secrets that a text is compared with; an answer that has more is not quoted. */
const maxSecrets = 20;

/** An answer of any status; nothing in it has been checked. */
export class Answer {
  readonly status: number;
  readonly host: string;
  /** The parsed body, or undefined where it is not JSON. */
  readonly json: unknown;
  readonly empty: boolean;
  readonly #headers: Record<string, string | undefined>;
  readonly #secrets: Secret[];

  constructor(answer: HttpOutcome & { kind: 'answer' }, call: { url: string; secrets: Secret[] }) {
    const text = answer.body.replace(/^\ufeff/, '');
    this.status = answer.status;
    this.host = new URL(call.url).host;
    this.json = parseJson(text);
    this.empty = text.trim() === '';
    this.#headers = answer.headers;
    this.#secrets = call.secrets;
  }

  /** The field of a JSON object, or undefined. */
  field(name: string): unknown {
    return isRecord(this.json) && Object.hasOwn(this.json, name) ? this.json[name] : undefined;
  }

  header(name: string): string | undefined {
    return this.#headers[name];
  }

  /** When the server says that it answered: milliseconds since 1970, UTC; undefined where it does not say. */
  get date(): number | undefined {
    return timeOf(this.header('date'));
  }

  /**
   * A text of the server as it may be printed. The empty string where it is no text, and where it shares characters with a
   * secret that was sent or that came with this answer, in any disguise.
   */
  quote(text: unknown): string {
    if (typeof text !== 'string') return '';
    const head = text.slice(0, maxQuoted);
    const secrets = [...this.#secrets, ...secretsIn(this.json)];
    return secrets.length > maxSecrets || echoes(head, secrets) ? '' : serverText(head);
  }

  /**
   * Whether the service does not know the caller: it says so outright, redirects to a sign-in page, or shows one
   * as a success (203, or HTML where JSON was asked for).
   */
  get asksToSignIn(): boolean {
    if (this.status === 401 || this.status === 203 || (this.status >= 300 && this.status < 400)) return true;
    return this.status === 200 && this.json === undefined && /html/i.test(this.header('content-type') ?? '');
  }

  /**
   * Milliseconds that the service asks to wait, from seconds or a date (read against the server's own clock where it
   * shows it); undefined where it asks for nothing.
   * @param now milliseconds since 1970, UTC.
   */
  retryAfter(now: number): number | undefined {
    const value = this.header('retry-after')?.trim();
    if (value === undefined || value === '') return undefined;
    if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
    const date = timeOf(value);
    return date === undefined ? undefined : Math.max(0, date - (this.date ?? now));
  }
}

/** What an answer hands over under a name that says so, such as `access_token`, or within `patToken`. */
function secretsIn(json: unknown, depth = 0): Secret[] {
  if (!isRecord(json) || depth > 2) return [];
  return Object.entries(json).flatMap(([name, value]) => {
    if (typeof value !== 'string') return secretsIn(value, depth + 1);
    return /token$|secret|password|assertion/i.test(name) && value.length >= Secret.minLength
      ? [new Secret(value)]
      : [];
  });
}
