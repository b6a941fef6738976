import type { Secret } from '../secret';

/**
 * Headers of every request to Azure DevOps.
 * @param authorization as `bearer` or `basic` write it.
 */
export function requestHeaders(authorization: string): Record<string, string> {
  return {
    Authorization: authorization,
    Accept: 'application/json',
    // A 401 instead of a redirect to a sign-in page.
    'X-TFS-FedAuthRedirect': 'Suppress',
  };
}

/** How an Entra access token or a job's own token is sent. */
export function bearer(token: Secret): string {
  return `Bearer ${token.reveal()}`;
}

/** How an agent sends a token: as a password without a user name. */
export function basic(token: Secret): string {
  return `Basic ${Buffer.from(`:${token.reveal()}`).toString('base64')}`;
}
