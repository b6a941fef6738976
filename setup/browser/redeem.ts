import type { Answer } from '../../src/http/answer';
import { Conversation } from '../../src/http/conversation';
import { Secret } from '../../src/secret';
import { refusal } from '../../src/sign-in/refusals/refusals';
import { claimsOf } from '../../src/web-token';
import { SetupError } from '../failure';
import { poll } from '../interruption';
import { sameName } from '../options';
import type { Tools } from '../tools';
import { type AuthorizationCode, requestedScopes } from './sign-in';

/** Milliseconds for one sign-in, and for a new client secret to be known everywhere. */
const budget = 120_000;
const replication = { patience: 60_000, pause: 3_000 };
/** What Entra says to a client secret that it does not know (yet). */
const unknownSecret = 7_000_215;

/** Tokens of a user, and who that is. */
export interface UserTokens {
  accessToken: Secret;
  refreshToken: Secret;
}

/** What an app proves itself with, and the grant that it redeems. */
export interface Redemption {
  clientId: string;
  clientSecret: Secret;
  grant: AuthorizationCode | { refreshToken: Secret };
}

/** Asks Entra once, and returns its answer, also a refusal. */
export async function requestTokens({ runtime, hosts, tenantId }: Tools, redemption: Redemption): Promise<Answer> {
  const { form, secrets } = formOf(redemption);
  return new Conversation(runtime, budget).ask({
    method: 'POST',
    url: `${hosts.entra}/${tenantId}/oauth2/v2.0/token`,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' },
    body: form.toString(),
    doing: 'Redeeming the sign-in',
    secrets,
    again: 'throttling',
  });
}

/**
 * Redeems a code or a refresh token.
 * @throws TaskError one of the `sign-in-…` codes, SetupError for an answer without both tokens.
 */
export async function redeem(tools: Tools, redemption: Redemption): Promise<UserTokens> {
  const answer = await onceSecretIsKnown(tools, () => requestTokens(tools, redemption));
  const accessToken = answer.field('access_token');
  const refreshToken = answer.field('refresh_token');
  if (answer.status !== 200 || typeof accessToken !== 'string') throw refusal(answer);
  if (typeof refreshToken === 'string' && refreshToken !== '') {
    return { accessToken: new Secret(accessToken), refreshToken: new Secret(refreshToken) };
  }
  throw new SetupError(
    'Entra issued no refresh token.',
    'Check that no policy of the tenant forbids lasting sign-ins of this user.',
  );
}

/** The answer to a request with a client secret that was made just now; the refusal of it where it stays unknown. */
export function onceSecretIsKnown(tools: Tools, request: () => Promise<Answer>): Promise<Answer> {
  const isDone = (answer: Answer) => {
    const codes = answer.field('error_codes');
    return !Array.isArray(codes) || !codes.includes(unknownSecret);
  };
  return poll(tools, { ...replication, isDone }, request);
}

function formOf({ clientId, clientSecret, grant }: Redemption): { form: URLSearchParams; secrets: Secret[] } {
  const form = new URLSearchParams({
    client_id: clientId,
    client_secret: clientSecret.reveal(),
    scope: requestedScopes,
  });
  if ('refreshToken' in grant) {
    form.set('grant_type', 'refresh_token');
    form.set('refresh_token', grant.refreshToken.reveal());
    return { form, secrets: [clientSecret, grant.refreshToken] };
  }
  form.set('grant_type', 'authorization_code');
  form.set('code', grant.code);
  form.set('code_verifier', grant.verifier);
  form.set('redirect_uri', grant.redirectUri);
  return { form, secrets: [clientSecret, new Secret(grant.code), new Secret(grant.verifier)] };
}

/**
 * The person who signed in has to be the one user in the one tenant.
 * @throws SetupError
 */
export function refuseOtherPerson(
  accessToken: Secret,
  expected: { userId: string; upn: string; tenantId: string },
): void {
  const claims = claimsOf(accessToken);
  const tenant = typeof claims.tid === 'string' ? claims.tid : '';
  const user = typeof claims.oid === 'string' ? claims.oid : '';
  if (tenant === '' || user === '') {
    throw new SetupError(
      'The access token does not say who signed in.',
      'Report this with the version of the extension.',
    );
  }
  if (!sameName(tenant, expected.tenantId)) {
    throw new SetupError(
      `A user of the tenant ${tenant} signed in, but the organization belongs to ${expected.tenantId}.`,
      `Run the command again and sign in as ${expected.upn}.`,
    );
  }
  if (!sameName(user, expected.userId)) {
    throw new SetupError(
      `Another person than ${expected.upn} signed in. Nothing of that sign-in was kept.`,
      `Run the command again and sign in as ${expected.upn}, in a private window if the browser signs you in by itself.`,
    );
  }
}
