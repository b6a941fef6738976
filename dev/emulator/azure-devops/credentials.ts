import { azureDevOps } from '../entra/access-tokens';
import { type Claims, verifyJwt } from '../entra/jwt';
import type { Caller, PatRecord, ServicePrincipal } from '../model';
import { type Answer, envelope, Refusal } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';

/** The credential in the Authorization header, whichever of the two ways it came. */
export function presented(exchange: Exchange): { scheme: 'basic' | 'bearer'; value: string } | undefined {
  const [, scheme, value] = /^(basic|bearer) +(\S+)$/i.exec(exchange.header('authorization') ?? '') ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return { scheme: 'bearer', value };
  const decoded = Buffer.from(value, 'base64').toString();
  return { scheme: 'basic', value: decoded.slice(decoded.indexOf(':') + 1) };
}

/** The caller, if its credential is genuine, live, and of someone whom the organization knows. */
export function identify(exchange: Exchange, state: State): Caller | undefined {
  const credential = presented(exchange);
  if (!credential) return undefined;
  const pat = state.pats.find((candidate) => candidate.token === credential.value);
  if (pat) return credential.scheme === 'basic' ? patCaller(pat, state) : undefined;
  const claims = state.opaqueTokens.get(credential.value) ?? verifyJwt(credential.value);
  if (!claims || Number(claims.exp) * 1000 <= state.clock.now()) return undefined;
  return claims.aud === azureDevOps ? entraCaller(claims, state) : agentCaller(claims, state);
}

function patCaller(pat: PatRecord, state: State): Caller | undefined {
  const user = Object.values(state.users).find(({ oid }) => oid === pat.userOid);
  const valid = state.isActive(pat) && (pat.targetAccounts?.includes(state.organizationId) ?? true);
  return user?.member && valid ? { kind: 'pat', user, pat } : undefined;
}

function entraCaller(claims: Claims, state: State): Caller | undefined {
  if (claims.idtyp === 'app') {
    const principal = principalOf(claims, state);
    return principal?.member ? { kind: 'app', principal } : undefined;
  }
  const user = Object.values(state.users).find(({ oid, tid }) => oid === claims.oid && tid === claims.tid);
  return user?.member ? { kind: 'user', user, scopes: String(claims.scp).split(' ') } : undefined;
}

function principalOf(claims: Claims, state: State): ServicePrincipal | undefined {
  return state.servicePrincipals.find(({ oid }) => oid === claims.oid);
}

/** A service principal that Entra vouches for, but that was never added to the organization. */
function unknownPrincipal(exchange: Exchange, state: State): ServicePrincipal | undefined {
  const claims = verifyJwt(presented(exchange)?.value ?? '');
  const live = claims?.idtyp === 'app' && claims.aud === azureDevOps && Number(claims.exp) * 1000 > state.clock.now();
  const principal = live ? principalOf(claims, state) : undefined;
  return principal?.member ? undefined : principal;
}

function agentCaller(claims: Claims, state: State): Caller | undefined {
  if (claims.aud !== state.organizationId) return undefined;
  const agent = state.pools.flatMap((pool) => pool.agents).find(({ clientId }) => clientId === claims.sub);
  return agent ? { kind: 'agent', agent } : undefined;
}

/** The caller, or a refusal that sends it to sign in. */
export function requireCaller(exchange: Exchange, state: State): Caller {
  const caller = identify(exchange, state);
  if (!caller) throw new Refusal(signIn(exchange, state));
  return caller;
}

/** The challenge of a 401. */
function challenge(state: State): Record<string, string | string[]> {
  return {
    'WWW-Authenticate': [
      `Bearer authorization_uri=${state.url}/${state.tenantId}`,
      `Basic realm="${state.url}/"`,
      'TFS-Federated',
    ],
    'X-VSS-ResourceTenant': state.tenantId,
  };
}

/** A 401 for a genuine caller who may not do this. */
export function unauthorized(state: State, name: string): Answer {
  return refusal(state, `TF400813: The user '${name}' is not authorized to access this resource.`);
}

function refusal(state: State, text: string): Answer {
  const answer = envelope(401, 'UnauthorizedRequestException', text);
  return { ...answer, headers: { ...answer.headers, ...challenge(state) } };
}

function neverSignedIn(state: State, { oid }: ServicePrincipal): Answer {
  // The tenant stands there twice.
  const name = `${state.tenantId}\\${state.tenantId}\\${oid}`;
  const text = `TF401444: Please sign-in at least once as ${name} in a web browser to enable access to the service.`;
  return refusal(state, text);
}

/**
 * What a caller gets who is nobody to the organization: a plain 401 if it asks for one with
 * `X-TFS-FedAuthRedirect: Suppress`, else a page to sign in, or the way there.
 */
export function signIn(exchange: Exchange, state: State): Answer {
  const location = `${state.url}/_signin?realm=vssps.dev.azure.com&reply_to=${encodeURIComponent(state.url + exchange.record.path)}`;
  if (exchange.header('x-tfs-fedauthredirect')?.toLowerCase() === 'suppress') {
    const principal = unknownPrincipal(exchange, state);
    return principal ? neverSignedIn(state, principal) : unauthorized(state, '');
  }
  if (state.signInAnswer === 'redirect') {
    return {
      status: 302,
      headers: { Location: location, 'X-VSS-ResourceTenant': state.tenantId },
      contentType: 'text/html; charset=utf-8',
      text: `<html><head><title>Object moved</title></head><body>\r\n<h2>Object moved to <a href="${location.replaceAll('&', '&amp;')}">here</a>.</h2>\r\n</body></html>\r\n`,
    };
  }
  return {
    status: 203,
    headers: { 'X-VSS-ResourceTenant': state.tenantId },
    contentType: 'text/html; charset=utf-8',
    text: '<!DOCTYPE html>\r\n<html lang="en-US"><head><title>Azure DevOps Services | Sign In</title></head><body>Sign in</body></html>\r\n',
  };
}
