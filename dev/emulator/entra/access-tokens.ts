import { randomUUID } from 'node:crypto';
import type { ServicePrincipal, User } from '../directory/entities';
import { secret } from '../secret';
import type { State } from '../state';
import { signJwt } from './jwt';

/** Azure DevOps, as Entra knows it. */
export const azureDevOps = '499b84ac-1321-427f-aa17-267ca6975798';

/** What is in every access token, whoever it is for; much of it only makes up the weight of a real one. */
function commonClaims(
  state: State,
  { clientId, oid, lifetimeMinutes }: { clientId: string; oid: string; lifetimeMinutes: number },
) {
  const now = Math.floor(state.clock.now() / 1000);
  return {
    aud: azureDevOps,
    iss: `https://sts.windows.net/${state.tenantId}/`,
    iat: now,
    nbf: now - 300,
    exp: now + Math.round(lifetimeMinutes * 60),
    aio: secret(88),
    appid: clientId,
    appidacr: '1',
    idp: `https://sts.windows.net/${state.tenantId}/`,
    oid,
    rh: `1.${secret(52)}`,
    sub: secret(43),
    tenant_region_scope: 'EU',
    tid: state.tenantId,
    uti: secret(22),
    ver: '1.0',
    xms_ftd: secret(60),
    xms_tcdt: 1_600_000_000,
  };
}

interface UserTokenTerms {
  user: User;
  clientId: string;
  scopes: readonly string[];
  lifetimeMinutes?: number;
  /** No JSON Web Token, but a text that only the services can read. */
  opaque?: boolean;
  /** Default: Azure DevOps. */
  audience?: string;
}

/** An access token that lets a user call Azure DevOps through an application, within these scopes. */
export function userToken(
  state: State,
  { user, clientId, scopes, lifetimeMinutes = state.accessTokenMinutes, opaque, audience }: UserTokenTerms,
): string {
  const claims = {
    ...commonClaims(state, { clientId, oid: user.oid, lifetimeMinutes }),
    aud: audience ?? azureDevOps,
    tid: user.tid,
    acct: 0,
    acr: '1',
    amr: ['pwd', 'mfa'],
    idtyp: 'user',
    ipaddr: '192.0.2.17',
    name: user.displayName,
    puid: '10032000ABCDEF01',
    scp: scopes.join(' '),
    sid: randomUUID(),
    unique_name: user.upn,
    upn: user.upn,
    wids: ['b79fbf4d-3ef9-4689-8143-76b194e85509'],
  };
  if (!opaque) return signJwt(claims);
  const token = secret(1400);
  state.opaqueTokens.set(token, claims);
  return token;
}

/** An access token of an application that acts for itself; it says how the application proved who it is. */
export function appToken(
  state: State,
  principal: ServicePrincipal,
  options: { lifetimeMinutes?: number; proof?: 'secret' | 'assertion' } = {},
): string {
  const { lifetimeMinutes = state.accessTokenMinutes, proof = 'secret' } = options;
  return signJwt({
    ...commonClaims(state, { clientId: principal.clientId, oid: principal.oid, lifetimeMinutes }),
    appidacr: proof === 'secret' ? '1' : '2',
    sub: principal.oid,
    idtyp: 'app',
  });
}
