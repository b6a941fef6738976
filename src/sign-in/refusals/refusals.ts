import { quotable, TaskError } from '../../errors';
import type { Answer } from '../../http/answer';
import type { Secret } from '../../secret';
import { claimsOf } from '../../web-token';
import { assertionCodes, type Meaning, meanings, oauthErrors } from './meanings';

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
  const number = aadsts(answer);
  const known = meanings.find(([numbers]) => number !== undefined && numbers.includes(number))?.[1];
  if (known) return known;
  const error = answer.field('error');
  // A number that is not known here says more than the name, which stands for many of them.
  if (typeof error !== 'string' || (number !== undefined && oauthErrors[error]?.code !== 'network')) return undefined;
  return Object.hasOwn(oauthErrors, error) ? oauthErrors[error] : undefined;
}

/**
 * What an answer without a token means, with the numbers that Entra's support asks for.
 * @param assertion the identity token that was presented: a refusal of it shows its issuer and subject, whole.
 */
export function refusal(answer: Answer, assertion?: Secret): TaskError {
  const error = answer.field('error');
  if (typeof error !== 'string') {
    return new TaskError(
      'response-malformed',
      `Signing in at ${answer.host} was answered ${answer.status} with neither a token nor a reason.`,
    );
  }
  const number = aadsts(answer);
  const name = number === undefined ? answer.quote(error) : `AADSTS${number}`;
  const meaning = meaningOf(answer) ?? unknown(answer);
  const traces = ['suberror', 'trace_id', 'correlation_id']
    .map((field) => [field.replace('_', ' '), answer.quote(answer.field(field))])
    .filter(([, value]) => value !== '')
    .map(([field, value]) => `, ${field} ${value}`);
  return new TaskError(
    meaning.code,
    `Signing in was refused: ${meaning.cause} (${name}${traces.join('')}).${presented(answer, assertion)}`,
    { remedy: meaning.remedy },
  );
}

/** A refusal that is not known here: Entra's own words, and where to look. */
function unknown(answer: Answer): Meaning {
  const cause = answer.quote(answer.field('error_description')) || 'Entra gives no further reason';
  const code = 'sign-in-rejected';
  if (answer.quote(answer.field('trace_id')) !== '') return { code, cause };
  return { code, cause, remedy: 'Look the code up in the documentation of Entra, and correct the user or the app.' };
}

/** What the identity token states, as a sentence; empty where it is not what was refused. */
function presented(answer: Answer, assertion: Secret | undefined): string {
  const number = aadsts(answer) ?? 0;
  if (!assertion || ![...assertionCodes, 7002138, 700024].includes(number)) return '';
  const { iss, sub, aud } = claimsOf(assertion);
  const [issuer, subject, audience] = [iss, sub, aud].map((claim) => quotable(String(claim ?? 'none'), 300));
  return ` The identity token states the issuer "${issuer}", the subject "${subject}" and the audience "${audience}".`;
}
