import { quotable, TaskError } from '../../errors';
import type { Answer } from '../../http/answer';
import type { Secret } from '../../secret';
import { claimsOf } from '../../web-token';
import { type Meaning, meanings } from './meanings';

/** Whether Entra says that the fault is its own and will pass. */
export function isPassingRefusal(answer: Answer): boolean {
  return meaningOf(answer)?.code === 'network';
}

/** The number of an AADSTS error, from where it is written in full or from the text. */
function aadsts(answer: Answer): number | undefined {
  const codes = answer.field('error_codes');
  const first: unknown = Array.isArray(codes) ? codes[0] : undefined;
  const number = typeof first === 'string' && /^\d{4,9}$/.test(first) ? Number(first) : first;
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number;
  const description = answer.field('error_description');
  const written = typeof description === 'string' ? /AADSTS(\d{4,9})/.exec(description)?.[1] : undefined;
  return written === undefined ? undefined : Number(written);
}

function meaningOf(answer: Answer): Meaning | undefined {
  const meaningBy = (sign: number | string) => meanings.find(({ signs }) => signs.includes(sign));
  const number = aadsts(answer);
  const byNumber = number === undefined ? undefined : meaningBy(number);
  const error = answer.field('error');
  if (byNumber || typeof error !== 'string') return byNumber;
  const byName = meaningBy(error);
  // A number that is not known here says more than the name, which stands for many of them.
  return number === undefined || byName?.code === 'network' ? byName : undefined;
}

/**
 * What an answer without a token means, with the numbers that Entra's support asks for.
 * @param assertion the identity token that was presented: a refusal of it shows its issuer and subject, whole.
 */
export function refusal(answer: Answer, assertion?: Secret): TaskError {
  const error = answer.field('error');
  if (typeof error !== 'string') {
    const what = `Signing in at ${answer.host} was answered ${answer.status} with neither a token nor a reason.`;
    return new TaskError('response-malformed', what);
  }
  const number = aadsts(answer);
  const name = number === undefined ? answer.quote(error) : `AADSTS${number}`;
  const meaning = meaningOf(answer) ?? unknown(answer);
  const traces = ['suberror', 'trace_id', 'correlation_id']
    .map((field) => [field.replace('_', ' '), answer.quote(answer.field(field))])
    .filter(([, value]) => value !== '')
    .map(([field, value]) => `, ${field} ${value}`);
  const stated = meaning.ofAssertion && assertion ? presented(assertion) : '';
  const what = `Signing in was refused: ${meaning.cause} (${name}${traces.join('')}).${stated}`;
  return new TaskError(meaning.code ?? 'sign-in-app-misconfigured', what, { remedy: meaning.remedy });
}

/** A refusal that is not known here: Entra's own words, and where to look. */
function unknown(answer: Answer): Meaning {
  const cause = answer.quote(answer.field('error_description')) || 'Entra gives no further reason';
  const code = 'sign-in-rejected';
  if (answer.quote(answer.field('trace_id')) !== '') return { code, cause };
  return { code, cause, remedy: 'Look the code up in the documentation of Entra, and correct the user or the app.' };
}

/** What an identity token states, as a sentence. */
function presented(assertion: Secret): string {
  const { iss, sub, aud } = claimsOf(assertion);
  const [issuer, subject, audience] = [iss, sub, aud].map((claim) => quotable(String(claim ?? 'none'), 300));
  return ` The identity token states the issuer "${issuer}", the subject "${subject}" and the audience "${audience}".`;
}
