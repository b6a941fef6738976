import { type ErrorCode, TaskError } from '../errors';
import type { Answer } from '../http/answer';

interface Meaning {
  code: ErrorCode;
  cause: string;
  remedy?: string;
}

/** https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const meanings: [numbers: number[], meaning: Meaning][] = [
  [
    [70008, 700082, 700084, 70043],
    {
      code: 'sign-in-expired',
      cause: 'the refresh token has expired, was idle too long, or was cut by a sign-in frequency policy',
    },
  ],
  [
    [50173, 50132, 9002341],
    { code: 'sign-in-expired', cause: 'the sign-in was revoked, for example by a changed password' },
  ],
  [
    [50076, 50079, 50074, 50072, 50078, 50158],
    { code: 'sign-in-interaction-required', cause: 'Entra wants multi-factor authentication or another challenge' },
  ],
  [
    [53000, 53001, 53002, 53003, 53004, 530003],
    { code: 'sign-in-interaction-required', cause: 'a conditional access policy refuses this sign-in' },
  ],
  [
    [65001, 65004, 90094],
    {
      code: 'sign-in-app-misconfigured',
      cause: 'nobody has consented to the permissions of the app',
      remedy: 'Grant consent for the delegated Azure DevOps permissions vso.pats and vso.pats_manage of the app.',
    },
  ],
  [
    [700016, 90002, 70001, 7000112],
    {
      code: 'sign-in-app-misconfigured',
      cause: 'there is no such app or tenant, or the app is disabled',
      remedy: 'Check tenantId and clientId in the service connection against the app registration.',
    },
  ],
  [
    [7000215, 7000222, 7000218],
    {
      code: 'sign-in-app-misconfigured',
      cause: 'the secret of the app is wrong, missing or expired',
      remedy: 'Create a new client secret in the app registration and put it into the service connection.',
    },
  ],
  [
    [70011, 500011],
    {
      code: 'sign-in-app-misconfigured',
      cause: 'the tenant does not know the permissions that were asked for',
      remedy: 'Add the delegated Azure DevOps permissions vso.pats and vso.pats_manage to the app registration.',
    },
  ],
  [
    [70021, 700211, 700212, 700213, 700223, 70052, 700027],
    {
      code: 'sign-in-app-misconfigured',
      cause: 'no federated credential of the app matches the identity token, or the app is not single-tenant',
      remedy: 'Compare issuer, subject and audience of the federated credential with those of the service connection.',
    },
  ],
  [
    [50034, 50053, 50055, 50057, 50105, 50126],
    {
      code: 'sign-in-rejected',
      cause: 'the user is unknown, locked, disabled, not assigned to the app, or has an expired password',
      remedy: 'Check the account of the user in Entra, then sign in again and renew the refresh token.',
    },
  ],
  [[90033, 90006, 90024], { code: 'network', cause: 'Entra has a passing fault', remedy: 'Run the step again later.' }],
];

const passingErrors = ['temporarily_unavailable', 'server_error'];

/** Whether Entra says that the fault is its own and will pass. */
export function isPassingRefusal(answer: Answer): boolean {
  return meaningOf(answer)?.code === 'network';
}

/** The number of an AADSTS error, from where it is written in full or from the text. */
function aadsts(answer: Answer): number | undefined {
  const codes = answer.field('error_codes');
  const first: unknown = Array.isArray(codes) ? codes[0] : undefined;
  if (typeof first === 'number' && Number.isSafeInteger(first)) return first;
  const description = answer.field('error_description');
  const written = typeof description === 'string' ? /AADSTS(\d{4,9})/.exec(description)?.[1] : undefined;
  return written === undefined ? undefined : Number(written);
}

function meaningOf(answer: Answer): Meaning | undefined {
  const number = aadsts(answer);
  const known = meanings.find(([numbers]) => number !== undefined && numbers.includes(number))?.[1];
  if (known) return known;
  const error = answer.field('error');
  if (typeof error !== 'string' || !passingErrors.includes(error)) return undefined;
  return { code: 'network', cause: 'Entra has a passing fault', remedy: 'Run the step again later.' };
}

/** What an answer without a token means, with the numbers that Entra's support asks for. */
export function refusal(answer: Answer): TaskError {
  const error = answer.field('error');
  if (typeof error !== 'string') {
    return new TaskError(
      'response-malformed',
      `Signing in at ${answer.host} was answered ${answer.status} with neither a token nor a reason.`,
    );
  }
  const number = aadsts(answer);
  const name = number === undefined ? answer.quote(error) : `AADSTS${number}`;
  const meaning = meaningOf(answer) ?? {
    code: 'sign-in-rejected' as const,
    cause: answer.quote(answer.field('error_description')) || 'Entra gives no further reason',
  };
  const traces = ['suberror', 'trace_id', 'correlation_id']
    .map((field) => [field.replace('_', ' '), answer.quote(answer.field(field))])
    .filter(([, value]) => value !== '')
    .map(([field, value]) => `, ${field} ${value}`);
  return new TaskError(
    meaning.code,
    `Signing in was refused: ${meaning.cause} (${name}${traces.join('')}).`,
    meaning.remedy === undefined ? {} : { remedy: meaning.remedy },
  );
}
