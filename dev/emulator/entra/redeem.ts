import type { RefreshToken, User } from '../directory/entities';
import type { Answer } from '../requests/answers';
import type { State } from '../state';
import { userToken } from './access-tokens';
import { authenticateClient, type TokenRequest, usualPlatform } from './clients/authentication';
import { grantedScopes, readPermissions, wantedScopes } from './consent';
import { signJwt } from './jwt';
import { noStore } from './refusals';

/** `grant_type=refresh_token` */
export function redeemRefreshToken(request: TokenRequest): Answer {
  const { form, application, state } = request;
  const value = form.get('refresh_token') ?? '';
  const found = state.refreshTokens.find((candidate) => candidate.value === value);
  authenticateClient(request, found?.platform ?? usualPlatform(application));
  const refreshToken = requireLive(found, request);
  requireAdmitted(refreshToken.user, request);
  const wanted = wantedScopes(form.get('scope'));
  const json = tokens(refreshToken.user, wanted, request);
  if (!wanted.includes('offline_access')) return { status: 200, headers: noStore, json };
  if (state.refreshTokensRotate) refreshToken.replaced = true;
  return { status: 200, headers: noStore, json: { ...json, refresh_token: successor(refreshToken, state).value } };
}

function requireLive(
  refreshToken: RefreshToken | undefined,
  { application, state, refuse }: TokenRequest,
): RefreshToken {
  if (!refreshToken || refreshToken.revoked) {
    const text =
      'The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.';
    throw refuse(50173, text, { suberror: 'bad_token' });
  }
  if (refreshToken.clientId !== application.clientId || refreshToken.replaced) {
    throw refuse(70000, 'Provided grant is invalid or malformed.', { suberror: 'bad_token' });
  }
  if (refreshToken.expiresAt <= state.clock.now()) {
    const text = 'The refresh token has expired due to inactivity. The token was inactive for 90.00:00:00.';
    throw refuse(700082, text);
  }
  return refreshToken;
}

/** A user who may sign in, and is assigned where the application asks for it. */
export function requireAdmitted(
  user: User,
  { application, state, refuse }: Omit<TokenRequest, 'form' | 'origin'>,
): void {
  if (user.disabled) throw refuse(50057, 'The user account is disabled.');
  const principal = state.servicePrincipals.find(({ clientId }) => clientId === application.clientId);
  if (!principal?.assignmentRequired) return;
  const { assignments } = state.directory;
  if (assignments.some(({ principalId, resourceId }) => principalId === user.oid && resourceId === principal.oid))
    return;
  const text = `Your administrator has configured the application ${principal.displayName} ('${application.clientId}') to block users unless they are specifically granted ('assigned') access to the application. The signed in user '${user.upn}' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator. Please contact your administrator to assign access to this application.`;
  throw refuse(50105, text);
}

/** The tokens of a user for the scopes that are wanted, but for the refresh token. */
export function tokens(user: User, wanted: string[], request: TokenRequest): Record<string, unknown> {
  const { form, application, state, refuse } = request;
  const { clientId } = application;
  const permissions = readPermissions(wanted, state, refuse);
  const scopes = grantedScopes(permissions, { application, user, state, refuse });
  const { resource } = permissions;
  const expiresIn = Math.round(state.accessTokenMinutes * 60) - 1;
  return {
    token_type: 'Bearer',
    scope: scopes.map((scope) => `${resource.appId}/${scope}`).join(' '),
    expires_in: expiresIn,
    ext_expires_in: expiresIn,
    access_token: userToken(state, { user, clientId, scopes, audience: resource.appId }),
    ...(wanted.includes('openid') ? { id_token: idToken(user, request) } : {}),
    ...(form.get('client_info') === '1' ? { client_info: clientInfo(user) } : {}),
  };
}

/** A new refresh token in place of one; unless they rotate, the old one stays valid beside it. */
function successor({ user, clientId, platform }: RefreshToken, state: State): RefreshToken {
  const [name = 'default'] = Object.entries(state.users).find(([, candidate]) => candidate === user) ?? [];
  return state.issueRefreshToken({ user: name, clientId, ...(platform && { platform }) });
}

function idToken(user: User, { application, state, nonce }: TokenRequest): string {
  const now = Math.floor(state.clock.now() / 1000);
  const { oid, tid, displayName: name, upn } = user;
  const iss = `https://login.microsoftonline.com/${tid}/v2.0`;
  const times = { iat: now, nbf: now, exp: now + 3600 };
  const who = { oid, sub: oid, tid, name, upn, preferred_username: upn };
  return signJwt({ aud: application.clientId, iss, ...times, ...who, ver: '2.0', ...(nonce && { nonce }) });
}

/** Who that is, for a client that keeps tokens of several. */
function clientInfo({ oid, tid }: User): string {
  return Buffer.from(JSON.stringify({ uid: oid, utid: tid })).toString('base64url');
}
