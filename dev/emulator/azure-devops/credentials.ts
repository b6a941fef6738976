import type { ServicePrincipal } from '../directory/entities';
import { azureDevOps } from '../entra/access-tokens';
import { type Claims, verifyJwt } from '../entra/jwt';
import type { Caller, PatRecord } from '../model';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { allowsGlobalTokens } from './pats/pat-terms';

/** The credential in the Authorization header, whichever of the two ways it came. */
export function presented(exchange: Exchange): { scheme: 'basic' | 'bearer'; value: string } | undefined {
  const [, scheme, value] = /^(basic|bearer) +(\S+)$/i.exec(exchange.header('authorization') ?? '') ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return { scheme: 'bearer', value };
  const decoded = Buffer.from(value, 'base64').toString();
  return { scheme: 'basic', value: decoded.slice(decoded.indexOf(':') + 1) };
}

/** The caller, if its credential is genuine, live, and of an identity that the organization knows. */
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
  const reaches = pat.targetAccounts?.includes(state.organizationId) ?? allowsGlobalTokens(state.clock.now());
  const valid = state.isActive(pat) && reaches;
  return user?.member && valid ? { kind: 'pat', user, pat } : undefined;
}

function entraCaller(claims: Claims, state: State): Caller | undefined {
  if (claims.tid !== state.organizationTenantId) return undefined;
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
export function unknownPrincipal(exchange: Exchange, state: State): ServicePrincipal | undefined {
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
