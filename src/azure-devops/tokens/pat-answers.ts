import { TaskError } from '../../errors';
import { isGuid } from '../../guid';
import type { Answer } from '../../http/answer';
import { fieldsOf } from '../../json';
import { timeOf } from '../../time';
import { readTokenName } from './token-name';

/** A token as the service lists it. */
export interface ListedPat {
  /** Empty where it cannot be read. */
  name: string;
  id: string;
  /** When it was created, milliseconds since 1970, UTC; undefined where the service does not say. */
  validFrom?: number;
}

/** The reason that an answer of the token API gives, or undefined if it gives none; at any status. */
export function reasonOf(answer: Answer): string | undefined {
  const reason = answer.field('patTokenError');
  if (typeof reason === 'number') return reason === 0 ? undefined : String(reason);
  if (typeof reason !== 'string' || reason === '' || reason.toLowerCase() === 'none') return undefined;
  return reason;
}

/** Whether an answer of the token API states that there was no error. */
export function statesNoError(answer: Answer): boolean {
  const reason = answer.field('patTokenError');
  return reason === 0 || (typeof reason === 'string' && reason.toLowerCase() === 'none');
}

/** Whether the service itself answers, rather than something on the way to it. */
export function isEnvelope(answer: Answer): boolean {
  return typeof answer.field('message') === 'string' || typeof answer.field('typeKey') === 'string';
}

/** Whether an answer states an error, in the form of the service's exceptions or in one that others use. */
export function statesError(answer: Answer): boolean {
  return isEnvelope(answer) || (answer.field('error') ?? undefined) !== undefined;
}

/** A token of a list, or undefined where it has no id. */
export function readListed(token: unknown): ListedPat | undefined {
  const { displayName, authorizationId: id, validFrom } = fieldsOf(token);
  if (typeof id !== 'string' || !isGuid(id)) return undefined;
  const created = timeOf(validFrom);
  const name = typeof displayName === 'string' ? displayName : '';
  return { name, id, ...(created !== undefined && { validFrom: created }) };
}

/**
 * The tokens on a page of a list.
 * @throws TaskError `response-malformed`, behind the last token, for a page that cannot be read whole: that a token is not
 * on it would prove nothing. Another program's token may lack its id.
 */
export function* readPage(doing: string, answer: Answer): Generator<ListedPat> {
  const tokens = answer.field('patTokens');
  if (!Array.isArray(tokens)) throw malformed(doing, answer, 'no list of tokens');
  let isWhole = true;
  for (const token of tokens) {
    const listed = readListed(token);
    if (listed) yield listed;
    const { displayName } = fieldsOf(token);
    isWhole &&= listed !== undefined || (typeof displayName === 'string' && !readTokenName(displayName));
  }
  if (!isWhole) throw malformed(doing, answer, 'a token that lacks its id');
}

/**
 * What the next page of a list is asked for by; empty where this one is the last.
 * @throws TaskError `response-malformed` for what cannot be sent back.
 */
export function continuationOf(doing: string, answer: Answer): string {
  const next = answer.field('continuationToken') ?? '';
  if (typeof next === 'string' || typeof next === 'number') return String(next);
  throw malformed(doing, answer, 'a continuation that cannot be read');
}

/** Whether the service refuses, in any of its ways. */
export function isRefusal(answer: Answer): boolean {
  return answer.asksToSignIn || reasonOf(answer) !== undefined || answer.status >= 400;
}

/** Whether the service itself says, by name and in each of its spellings, that there is no such token. */
export function isNotFound(answer: Answer): boolean {
  const reason = reasonOf(answer)?.toLowerCase() ?? '';
  const named = ['tokennotfound', 'authorizationnotfound'].includes(reason);
  return named || answer.field('typeKey') === 'SessionTokenNotFoundException';
}

/** An answer that is none of the token API. */
export function malformed(doing: string, answer: Answer, what: string): TaskError {
  return new TaskError('response-malformed', `${doing} at ${answer.host} was answered ${answer.status} with ${what}.`);
}
