import type { Emulator } from '../../../../dev/emulator';
import { azureDevOps, call, type Reply } from '../calls';

/** A call to Microsoft Graph with this token: `GET /me`, of version 1.0 unless the path says `/beta`. */
export async function graphCall(
  emulator: Emulator,
  request: string,
  { token, body }: { token: string; body?: unknown },
): Promise<Reply> {
  const [, method = '', path = ''] = /^(\S+) (.*)$/.exec(request) ?? [];
  const version = path.startsWith('/beta/') ? '' : '/v1.0';
  return call(`${emulator.url}${version}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** An application with a Web redirect and its service principal, made through Graph. */
export async function registerApp(emulator: Emulator, token: string, redirects: object = {}) {
  const ask = (request: string, body?: unknown) => graphCall(emulator, request, { token, body });
  const web = { redirectUris: ['http://localhost:8400/signed-in'] };
  const { json: app } = await ask('POST /applications', { displayName: 'Issuer', web, ...redirects });
  const { json: principal } = await ask('POST /servicePrincipals', { appId: app.appId });
  const { json: resource } = await ask(`GET /servicePrincipals(appId='${azureDevOps}')`);
  return { app, principal, resource } as Record<'app' | 'principal' | 'resource', { id: string; appId: string }>;
}

/** The body of a consent of one user for the two scopes. */
export function consentOf(userId: string, { principal, resource }: Record<'principal' | 'resource', { id: string }>) {
  return {
    clientId: principal.id,
    consentType: 'Principal',
    principalId: userId,
    resourceId: resource.id,
    scope: 'vso.pats vso.pats_manage',
  };
}
