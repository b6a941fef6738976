import { randomUUID } from 'node:crypto';
import { knownScopes } from '../azure-devops/scopes';
import type { Application, RefreshToken } from '../model';
import { type Answer, type Exchange, Refusal } from '../server/exchange';
import type { State } from '../state';
import { azureDevOps, userToken } from './access-tokens';
import { acceptAssertion } from './client-assertion';
import { actForItself } from './client-credentials';
import { signJwt } from './jwt';

export const noStore = { 'Cache-Control': 'no-store, no-cache', Pragma: 'no-cache' };
/** The names that Azure DevOps has in a scope. */
export const resourceNames = [azureDevOps, 'https://app.vssps.visualstudio.com'];
const signInScopes = ['openid', 'profile', 'email', 'offline_access'];

/** A refusal in Entra's words. */
export function entraRefusal(
  state: State,
  code: number,
  message: string,
  details: { error?: string; suberror?: string; claims?: string; status?: number } = {},
): Answer {
  const error = details.error ?? 'invalid_grant';
  const traceId = randomUUID();
  const correlationId = randomUUID();
  const timestamp = new Date(state.clock.now()).toISOString().replace('T', ' ').replace(/\.\d+/, '');
  return {
    status: details.status ?? (error === 'invalid_client' ? 401 : 400),
    headers: noStore,
    json: {
      error,
      error_description: `AADSTS${code}: ${message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
      error_codes: [code],
      timestamp,
      trace_id: traceId,
      correlation_id: correlationId,
      error_uri: `https://login.microsoftonline.com/error?code=${code}`,
      ...(details.suberror === undefined ? {} : { suberror: details.suberror }),
      ...(details.claims === undefined ? {} : { claims: details.claims }),
    },
  };
}

/** `POST /{tenant}/oauth2/v2.0/token` */
export function issueToken(exchange: Exchange, state: State): Answer {
  const [tenant = ''] = exchange.route;
  const refuse = (code: number, message: string, details?: Parameters<typeof entraRefusal>[3]) =>
    new Refusal(entraRefusal(state, code, message, details));

  if (tenant !== state.tenantId && tenant !== state.tenantDomain) {
    const text = `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`;
    throw refuse(90002, text, { error: 'invalid_request' });
  }
  if (!exchange.header('content-type')?.startsWith('application/x-www-form-urlencoded')) {
    const text = "The request body must contain the following parameter: 'grant_type'.";
    throw refuse(900144, text, { error: 'invalid_request' });
  }
  const form = exchange.form();
  const application = authenticateClient(form, state, refuse);
  switch (form.get('grant_type')) {
    case 'refresh_token':
      return redeem(form, application, state, refuse);
    case 'client_credentials':
      return actForItself(form, application, state, refuse);
    default:
      return { status: 501, json: { error: `The emulator does not know grant_type=${form.get('grant_type')}` } };
  }
}

/** Makes a refusal in Entra's words. */
export type Refuse = (code: number, message: string, details?: Parameters<typeof entraRefusal>[3]) => Refusal;

function authenticateClient(form: URLSearchParams, state: State, refuse: Refuse): Application {
  const clientId = form.get('client_id') ?? '';
  const application = state.applications.find((candidate) => candidate.clientId === clientId);
  if (!application) {
    const text = `Application with identifier '${clientId}' was not found in the directory '${state.organization}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.`;
    throw refuse(700016, text, { error: 'unauthorized_client' });
  }
  const given = form.get('client_secret') || undefined;
  const { clientSecret, secretExpiresAt, federatedCredentials } = application;
  if (form.has('client_assertion')) {
    if (given !== undefined) {
      throw new Refusal({ status: 501, json: { error: 'The emulator does not know two proofs in one request' } });
    }
    acceptAssertion(form, application, state, refuse);
    return application;
  }
  if (clientSecret === undefined && federatedCredentials === undefined) {
    if (given === undefined) return application;
    const text = "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.";
    throw refuse(700025, text, { error: 'invalid_client' });
  }
  if (given === undefined) {
    const text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
    throw refuse(7000218, text, { error: 'invalid_client' });
  }
  if (given !== clientSecret) {
    const text = `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`;
    throw refuse(7000215, text, { error: 'invalid_client' });
  }
  if (secretExpiresAt !== undefined && secretExpiresAt <= state.clock.now()) {
    throw refuse(7000222, `The provided client secret keys for app '${clientId}' are expired.`, {
      error: 'invalid_client',
    });
  }
  return application;
}

function redeem(form: URLSearchParams, application: Application, state: State, refuse: Refuse): Answer {
  const refreshToken = findRefreshToken(form.get('refresh_token') ?? '', application, state, refuse);
  const wanted = (form.get('scope') ?? '').split(' ').filter(Boolean);
  const scopes = grantedScopes(wanted, application, refuse);
  const accessToken = userToken(state, refreshToken.user, application.clientId, scopes);
  const expiresIn = Math.round(state.accessTokenMinutes * 60) - 1;
  return {
    status: 200,
    headers: noStore,
    json: {
      token_type: 'Bearer',
      scope: scopes.map((scope) => `${azureDevOps}/${scope}`).join(' '),
      expires_in: expiresIn,
      ext_expires_in: expiresIn,
      access_token: accessToken,
      ...(wanted.includes('offline_access') ? { refresh_token: replacement(refreshToken, state) } : {}),
      ...(wanted.includes('openid') ? { id_token: idToken(refreshToken, state) } : {}),
    },
  };
}

function findRefreshToken(value: string, application: Application, state: State, refuse: Refuse): RefreshToken {
  const refreshToken = state.refreshTokens.find((candidate) => candidate.value === value);
  if (!refreshToken || refreshToken.revoked) {
    const text =
      'The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.';
    throw refuse(50173, text, { suberror: 'bad_token' });
  }
  if (refreshToken.clientId !== application.clientId) {
    throw refuse(70000, 'Provided grant is invalid or malformed.', { suberror: 'bad_token' });
  }
  if (refreshToken.expiresAt <= state.clock.now()) {
    const text = 'The refresh token has expired due to inactivity. The token was inactive for 90.00:00:00.';
    throw refuse(700082, text);
  }
  return refreshToken;
}

function grantedScopes(wanted: string[], application: Application, refuse: Refuse): string[] {
  const ofResource = wanted.filter((scope) => !signInScopes.includes(scope));
  const names = ofResource.map((scope) => {
    const resource = resourceNames.find((name) => scope.toLowerCase().startsWith(`${name}/`));
    const name = resource === undefined ? undefined : scope.slice(resource.length + 1).replace(/^\//, '');
    if (name === undefined || (name !== '.default' && !knownScopes.has(name))) {
      const text = `The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope ${scope} is not valid.`;
      throw refuse(70011, text, { error: 'invalid_scope' });
    }
    return name;
  });
  if (names.length === 0) {
    const text = "The request body must contain the following parameter: 'scope'.";
    throw refuse(900144, text, { error: 'invalid_request' });
  }
  if (names.includes('.default')) return application.permissions;
  const missing = names.find((name) => !application.permissions.includes(name));
  if (missing !== undefined) {
    const text = `The user or administrator has not consented to use the application with ID '${application.clientId}'. Send an interactive authorization request for this user and resource.`;
    throw refuse(65001, text, { suberror: 'consent_required' });
  }
  return names;
}

/** Old refresh tokens stay valid when a new one is handed out. */
function replacement(old: RefreshToken, state: State): string {
  const name = Object.entries(state.users).find(([, user]) => user === old.user)?.[0] ?? 'default';
  return state.issueRefreshToken({ user: name, clientId: old.clientId }).value;
}

function idToken({ clientId, user }: RefreshToken, state: State): string {
  const now = Math.floor(state.clock.now() / 1000);
  const issuer = `https://login.microsoftonline.com/${user.tid}/v2.0`;
  const { oid, tid, displayName, upn } = user;
  return signJwt({ aud: clientId, iss: issuer, iat: now, exp: now + 3600, oid, tid, name: displayName, upn });
}
