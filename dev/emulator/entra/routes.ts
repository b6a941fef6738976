import { routeOutsideOrganization, routesOn } from '../requests/route';
import { describeTenant } from './discovery';
import { issueToken } from './entra';
import { issueIdentityToken } from './oidc';

const ofJob = routesOn('organization', 'release');

/** Signing in, and the identity token that a job asks its organization for. */
export const signInRoutes = [
  routeOutsideOrganization(
    'entra.token',
    { host: 'entra', method: 'POST', path: '/([^/]+)/oauth2/v2\\.0/token' },
    issueToken,
  ),
  routeOutsideOrganization(
    'entra.discovery',
    { host: 'entra', method: 'GET', path: '/([^/]+)/v2\\.0/\\.well-known/openid-configuration' },
    describeTenant,
  ),
  ofJob(
    'oidc.token',
    [
      'POST',
      '/([^/]+)/_apis/distributedtask/hubs/(?:build|release)/plans/[0-9a-f-]{36}/jobs/[0-9a-f-]{36}/oidctoken',
      'serviceConnectionId',
    ],
    issueIdentityToken,
  ),
];
