import { createHash } from 'node:crypto';
import { authenticateClient, type TokenRequest, usualPlatform } from '../entra/clients/authentication';
import { wantedScopes } from '../entra/consent';
import { requireAdmitted, tokens } from '../entra/redeem';
import { noStore } from '../entra/refusals';
import type { Answer } from '../requests/answers';
import type { AuthorizationCode } from './sign-ins';

/** `grant_type=authorization_code` */
export function redeemCode(request: TokenRequest): Answer {
  const { form, application, state } = request;
  const found = state.directory.signIns.codes.find(({ value }) => value === form.get('code'));
  authenticateClient(request, found?.request.platform ?? usualPlatform(application));
  const code = requireRedeemable(found, request);
  requireAdmitted(code.user, request);
  const wanted = wantedScopes(form.get('scope') || code.request.scope);
  const json = tokens(code.user, wanted, { ...request, nonce: code.request.nonce });
  code.redeemed = true;
  if (!wanted.includes('offline_access')) return { status: 200, headers: noStore, json };
  const [user] = Object.entries(state.users).find(([, candidate]) => candidate === code.user) ?? [];
  const { platform } = code.request;
  const refreshToken = state.issueRefreshToken({ clientId: application.clientId, platform, ...(user && { user }) });
  return { status: 200, headers: noStore, json: { ...json, refresh_token: refreshToken.value } };
}

function requireRedeemable(code: AuthorizationCode | undefined, request: TokenRequest): AuthorizationCode {
  const { form, application, state, refuse } = request;
  if (!code || code.request.clientId !== application.clientId) {
    throw refuse(9002313, 'Invalid request. Request is malformed or invalid.');
  }
  if (code.redeemed) {
    throw refuse(
      54005,
      'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
    );
  }
  if (code.expiresAt <= state.clock.now()) {
    throw refuse(
      70008,
      'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.',
    );
  }
  if (form.get('redirect_uri') !== code.request.redirectUri) {
    throw refuse(
      500112,
      'The reply address in the request does not match the reply address provided when requesting Authorization code.',
    );
  }
  const { codeChallenge } = code.request;
  const verifier = form.get('code_verifier') ?? '';
  if (codeChallenge !== undefined && createHash('sha256').update(verifier).digest('base64url') !== codeChallenge) {
    throw refuse(501481, 'The Code_Verifier does not match the code_challenge supplied in the authorization request.');
  }
  return code;
}
