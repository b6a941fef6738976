import { causeOf, TaskError } from '../errors';
import type { Renewing } from './renewing';

/** What a sign-in with the token that the connection held before has shown. */
export interface Trial {
  ending: 'works' | 'refused' | 'unknown';
  /** As a sentence. */
  what: string;
}

/** Whether Entra refused a sign-in, which asking again would not change. */
export function isRefusal(error: unknown): boolean {
  return error instanceof TaskError && error.code.startsWith('sign-in-');
}

/** Signs in with the old token once more: what is said about it has been seen. */
export async function trial({ signIn, request }: Pick<Renewing, 'signIn' | 'request'>): Promise<Trial> {
  try {
    await signIn.redeemRefreshToken(request.credential);
    return { ending: 'works', what: 'The refresh token that it held before still works.' };
  } catch (error) {
    if (!isRefusal(error)) {
      const what = `Whether the refresh token that it held before still works could not be tried: ${causeOf(error)}`;
      return { ending: 'unknown', what };
    }
    const what = `Entra refuses the refresh token that it held before: ${causeOf(error)} A tenant that ends a refresh token when it hands out the next one is not supported.`;
    return { ending: 'refused', what };
  }
}

/** The failure of a renewal, with what was seen of the old token. */
export function failureOf(what: string, old: Trial, remedy?: string): TaskError {
  const signInAnew = 'Sign in as that user again and put the new refresh token into the service connection.';
  const usual = old.ending === 'refused' ? signInAnew : undefined;
  return new TaskError('renewal-failed', `${what} ${old.what}`, { remedy: remedy ?? usual });
}
