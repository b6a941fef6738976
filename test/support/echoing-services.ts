import type { Fault } from '../../dev/emulator';

/** A service that repeats what it was sent, or what it would have answered. */
export function echo(
  operation: Fault['operation'],
  status: number,
  body: (text: string) => object,
  text: string,
): Fault {
  return { operation, times: 10, when: 'after', answer: { status, body: JSON.stringify(body(text)) } };
}

export const inEntraWords = (text: string) => ({ error: 'invalid_grant', error_description: `AADSTS999998: ${text}` });
export const inEnvelope = (text: string) => ({ message: text, typeKey: 'SomeException' });
export const asReason = (text: string) => ({
  patToken: null,
  patTokenError: 'ofTheFuture',
  patTokenErrorMessage: text,
});

/** Fills up to this place with words, so that a cut to 300 characters goes through what follows. */
export function padded(text: string, upTo: number): string {
  return `${'word '.repeat(60).slice(0, upTo)}${text}`;
}
