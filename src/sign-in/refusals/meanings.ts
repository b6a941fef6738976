import type { ErrorCode } from '../../errors';

/** What a refusal means, and what to do. */
export interface Meaning {
  /** `sign-in-app-misconfigured` unless there is a code that says more. */
  code?: ErrorCode;
  cause: string;
  remedy?: string;
  /** An identity token was refused: the reader has to know what it states. */
  ofAssertion?: true;
}

/**
 * What is known by a number of Entra, or by an error that OAuth itself names, for answers without such a number.
 * https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 * https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 */
export const meanings: (Meaning & { signs: (number | string)[] })[] = [
  {
    signs: [70008, 700081, 700082, 700084, 70043, 50133],
    code: 'sign-in-expired',
    cause: 'the refresh token has expired, was idle too long, or was cut by a sign-in frequency policy',
  },
  {
    signs: [50173, 50132, 9002341],
    code: 'sign-in-expired',
    cause: 'the sign-in was revoked, for example by a changed password',
  },
  {
    signs: [50072, 50074, 50076, 50078, 50079, 50097, 50131, 50158, 500121, 53011, 530034, 530035],
    code: 'sign-in-interaction-required',
    cause: 'Entra wants a person: multi-factor authentication, a known device, or another challenge',
  },
  {
    signs: [53000, 53001, 53002, 53003, 53004, 530003],
    code: 'sign-in-interaction-required',
    cause: 'a conditional access policy refuses this sign-in',
  },
  {
    signs: [65001, 65004, 90094, 'consent_required'],
    cause: 'the permissions of the app lack consent',
    remedy: 'Grant consent for the delegated Azure DevOps permissions vso.pats and vso.pats_manage of the app.',
  },
  {
    signs: [700016, 90002, 70001, 7000112],
    cause: 'there is no such app or tenant, or the app is disabled',
    remedy: 'Check tenantId and clientId in the service connection against the app registration.',
  },
  {
    signs: [7000215, 7000222, 7000218],
    cause: 'the secret of the app is wrong, missing or expired',
    remedy: 'Create a new client secret in the app registration and put it into the service connection.',
  },
  {
    signs: [70011, 500011],
    cause: 'the tenant does not know the permissions that were asked for',
    remedy: 'Add the delegated Azure DevOps permissions vso.pats and vso.pats_manage to the app registration.',
  },
  {
    signs: [70021, 700211, 700212, 700213, 700223, 70052, 700027],
    cause: 'no federated credential of the app matches the identity token, or the app is not single-tenant',
    remedy: 'Compare issuer, subject and audience of the federated credential with those of the service connection.',
    ofAssertion: true,
  },
  {
    signs: [50034, 50053, 50055, 50057, 50105, 50126],
    code: 'sign-in-rejected',
    cause: 'the user is unknown, locked, disabled, not assigned to the app, or has an expired password',
    remedy: 'Check the account of the user in Entra, then sign in again and renew the refresh token.',
  },
  {
    signs: [700024],
    cause: 'Entra saw the identity token outside of its time, so that a clock is wrong',
    remedy: 'Correct the clock of the agent, and run the step again.',
    ofAssertion: true,
  },
  {
    signs: [7002138],
    cause: 'the subject of the federated credential differs from that of the identity token in capitals alone',
    remedy: 'Write the subject into the federated credential of the app exactly as it was presented.',
    ofAssertion: true,
  },
  {
    signs: [700025, 9002327],
    cause: 'the refresh token came through a redirect of a public client or of a single-page app',
    remedy: 'Sign in again through a redirect of the platform Web, and store the new refresh token.',
  },
  {
    signs: [650052, 650056, 7000012, 900023],
    cause: 'the tenant lacks the resource, the consent or the app, or the refresh token is of another tenant',
    remedy: 'Check tenantId in the service connection, and grant consent for the app in that tenant.',
  },
  {
    signs: [50020],
    code: 'sign-in-rejected',
    cause: 'the user is a guest of the tenant, or belongs to another one',
    remedy: 'Use a member of the tenant of the organization, and that tenant in tenantId of the service connection.',
  },
  {
    signs: [50166, 90033, 90006, 90024, 90061, 'temporarily_unavailable', 'server_error'],
    code: 'network',
    cause: 'Entra could not do it just now',
    remedy: 'Run the step again later.',
  },
  {
    signs: ['invalid_client'],
    cause: 'the app could not prove itself',
    remedy: 'Check clientId and clientSecret, or the federated credential, against the app registration.',
  },
  {
    signs: ['unauthorized_client'],
    cause: 'the app may not sign in like this',
    remedy: 'Check clientId in the service connection against the app registration.',
  },
  {
    signs: ['invalid_scope'],
    cause: 'the permissions that were asked for are not known',
    remedy: 'Add the delegated Azure DevOps permissions vso.pats and vso.pats_manage to the app registration.',
  },
  {
    signs: ['invalid_grant'],
    code: 'sign-in-expired',
    cause: 'the refresh token is not valid, or not valid any more',
  },
  { signs: ['interaction_required'], code: 'sign-in-interaction-required', cause: 'Entra wants a person' },
  { signs: ['login_required'], code: 'sign-in-interaction-required', cause: 'Entra wants the user to sign in' },
];
