import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { quotable } from '../../src/errors';
import { azureDevOpsId, patScopes } from '../../src/sign-in/token-endpoint';
import { Interrupted, SetupError } from '../failure';
import type { Interruption } from '../interruption';
import { redirectUri } from '../plan/found';
import { listen, type Returned } from './listener';

/** Milliseconds that a person has for the sign-in. */
const patience = 10 * 60_000;

export const requestedScopes = ['offline_access', ...patScopes.map((scope) => `${azureDevOpsId}/${scope}`)].join(' ');

/** Whom to sign in, and with which app. */
export interface SignInRequest {
  authority: string;
  tenantId: string;
  clientId: string;
  /** User principal name, which the page is filled in with. */
  user: string;
  port: number;
}

/** An authorization code, good once, and what redeems it. */
export interface AuthorizationCode {
  code: string;
  verifier: string;
  redirectUri: string;
}

/**
 * Has a person sign in in a browser: authorization code with PKCE.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
 * @param show is given the address of the sign-in page, to open it and to show it.
 * @throws SetupError where Entra or the person refuses, Interrupted.
 */
export async function askForCode(
  request: SignInRequest,
  interruption: Interruption,
  show: (address: string) => Promise<void>,
): Promise<AuthorizationCode> {
  const state = randomBytes(32).toString('base64url');
  const verifier = randomBytes(32).toString('base64url');
  const listener = await listen(request.port).catch((cause: unknown) => {
    throw new SetupError(`Nothing can listen on port ${request.port} any more.`, 'Choose another with --port.', {
      cause,
    });
  });
  try {
    await show(addressOf(request, state, verifier));
    const returned = await Promise.race([listener.answer, interruption.wait(patience, listener.answer)]);
    if (interruption.signal.aborted) throw new Interrupted();
    if (!returned) throw new SetupError('No sign-in came back within 10 minutes.', 'Run the command again.');
    return { code: codeOf(returned, state), verifier, redirectUri: redirectUri(request.port) };
  } finally {
    await listener.close();
  }
}

function addressOf(
  { authority, tenantId, clientId, user, port }: SignInRequest,
  state: string,
  verifier: string,
): string {
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    response_mode: 'query',
    redirect_uri: redirectUri(port),
    scope: requestedScopes,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    login_hint: user,
  });
  return `${authority}/${tenantId}/oauth2/v2.0/authorize?${query}`;
}

function codeOf(returned: Returned, state: string): string {
  if (!isSame(returned.get('state') ?? '', state)) {
    throw new SetupError(
      'The answer belongs to another sign-in: its state is not the one that this command sent.',
      'Close older sign-in pages and run the command again.',
    );
  }
  const code = returned.get('code');
  if (code) return code;
  const error = quotable(returned.get('error') ?? 'no code and no error', 60);
  const description = quotable(returned.get('error_description') ?? '', 300);
  throw new SetupError(
    `Entra did not sign the user in: ${error}${description && `, ${description}`}.`,
    remedyOf(description),
  );
}

function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

function remedyOf(description: string): string {
  if (description.includes('AADSTS50105')) return 'Sign in as the user of --user: no other one is assigned to the app.';
  if (/AADSTS(65001|90094|65004)/.test(description)) {
    return 'Run the command again as an administrator who may consent: it gives the consent itself, for this user alone.';
  }
  return 'Run the command again, and sign in as the user of --user.';
}
