import type { TaskError } from '../../errors';
import { isGuid } from '../../guid';
import type { Answer } from '../../http/answer';
import { isRecord } from '../../json';
import { Secret } from '../../secret';
import { isEnvelope, malformed, reasonOf } from './pat-answers';
import { patRefusal } from './pat-refusals';

/** What is asked for. */
export interface PatRequest {
  name: string;
  /** As the service knows it: `vso.agentpools_manage`. */
  scope: string;
  /** Milliseconds since 1970, UTC. */
  validTo: number;
}

/** A token that was made. Everything but id and token is as the service answered it, unchecked. */
export interface CreatedPat {
  /** Its authorizationId. */
  id: string;
  token: Secret;
  granted: Record<string, unknown>;
}

/**
 * How a request for a token ended.
 * `refused`: the service gives a reason; `clear` says whether it was the service itself, so that no token can exist.
 * `wrong-expiry`: the service clearly refuses the expiry, which the clock of this machine may have caused.
 * `unknown`: the token may exist all the same.
 */
export type Creation =
  | { kind: 'created'; pat: CreatedPat }
  | { kind: 'refused'; error: TaskError; clear: boolean }
  | { kind: 'wrong-expiry'; error: TaskError }
  | { kind: 'unknown'; error: TaskError };

/** How a request for a token ended, as its answer says. */
export function creationOf(answer: Answer, doing: string): Creation {
  const granted = answer.field('patToken');
  if (!isRecord(granted)) {
    if (reasonOf(answer)?.toLowerCase() === 'invalidvalidto') {
      return { kind: 'wrong-expiry', error: patRefusal(doing, answer) };
    }
    if (reasonOf(answer) !== undefined || (answer.asksToSignIn && answer.status !== 200)) {
      return { kind: 'refused', error: patRefusal(doing, answer), clear: true };
    }
    if (answer.status >= 400 && answer.status !== 408) {
      return { kind: 'refused', error: patRefusal(doing, answer), clear: isEnvelope(answer) };
    }
    return { kind: 'unknown', error: malformed(doing, answer, 'no token and no reason') };
  }
  const { token, ...rest } = granted;
  const id = rest.authorizationId;
  if (typeof id !== 'string' || !isGuid(id) || typeof token !== 'string' || token === '') {
    return { kind: 'unknown', error: malformed(doing, answer, 'a token that lacks its id or its value') };
  }
  return { kind: 'created', pat: { id, token: new Secret(token), granted: rest } };
}
