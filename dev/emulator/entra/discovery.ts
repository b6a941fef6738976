import type { Answer } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { refusalsOf, requireTenant } from './refusals';

/**
 * `GET /{tenant}/v2.0/.well-known/openid-configuration`: where a tenant's endpoints stand, for clients that do not know
 * their host. On loopback they stand on the origin that all services share.
 */
export function describeTenant(exchange: Exchange, state: State): Answer {
  requireTenant(exchange.route[0] ?? '', state, refusalsOf(state));
  const host = exchange.header('host') ?? '';
  const origin = host.startsWith('login.') ? `https://${host}` : state.url;
  const tenant = `${origin}/${state.tenantId}`;
  return {
    status: 200,
    headers: { 'Cache-Control': 'max-age=86400, private' },
    json: {
      issuer: `${tenant}/v2.0`,
      authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
      token_endpoint: `${tenant}/oauth2/v2.0/token`,
      device_authorization_endpoint: `${tenant}/oauth2/v2.0/devicecode`,
      jwks_uri: `${tenant}/discovery/v2.0/keys`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
      response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
      response_modes_supported: ['query', 'fragment', 'form_post'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      tenant_region_scope: null,
      cloud_instance_name: 'microsoftonline.com',
    },
  };
}
