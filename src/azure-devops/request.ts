import { TaskError } from '../errors';
import type { Answer } from '../http/answer';
import { isRecord, parseJson } from '../json';
import type { Secret } from '../secret';

/**
 * Headers of every request to Azure DevOps.
 * @param authorization as `bearer` or `basic` write it.
 * @param body JSON, where the request has one.
 */
export function requestHeaders(authorization: string, body?: string): Record<string, string> {
  return {
    Authorization: authorization,
    Accept: 'application/json',
    // A 401 instead of a redirect to a sign-in page.
    'X-TFS-FedAuthRedirect': 'Suppress',
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
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

/**
 * What the service asks a new token to prove, as JSON for Entra; undefined where it asks for nothing of that kind.
 * https://learn.microsoft.com/entra/identity-platform/claims-challenge
 */
export function claimsChallenge(answer: Answer): string | undefined {
  const header = answer.status === 401 ? (answer.header('www-authenticate') ?? '') : '';
  const encoded = /\bclaims="?([A-Za-z0-9+/_=-]{4,4096})"?/.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const claims = Buffer.from(encoded, 'base64').toString('utf8');
  return isRecord(parseJson(claims)) ? claims : undefined;
}

/** What a refusal is said to be: with the reason that the service gives, as far as it may be printed. */
export function refusalText(doing: string, answer: Answer): string {
  const reason = answer.quote(answer.field('message'));
  return `${doing} was refused: Azure DevOps answered ${answer.status}${reason && ` (${reason})`}.`;
}

/** The error for an answer that is not what the API answers. */
export function notAnsweredWith(what: string, doing: string, { host }: Answer): TaskError {
  return new TaskError('response-malformed', `${doing} at ${host} was not answered with ${what}.`);
}
