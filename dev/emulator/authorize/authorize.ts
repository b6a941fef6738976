import type { Application } from '../directory/entities';
import { platformOf } from '../directory/registration';
import { readPermissions, wantedScopes } from '../entra/consent';
import { refusalsOf, requireTenant } from '../entra/refusals';
import { registrationOf } from '../graph/applications';
import { type Answer, notKnown, Refusal } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { errorPage, signInPage } from './pages';
import type { SignInRequest } from './sign-ins';

/** `GET /{tenant}/oauth2/v2.0/authorize`: the page to sign in on, or a refusal there or at the redirect. */
export function authorize(exchange: Exchange, state: State): Answer {
  const [tenant = ''] = exchange.route;
  requireTenant(tenant, state, refusedOnPage);
  const application = requireApplication(exchange, state);
  const request = readRequest(exchange, application, state);
  const problem = problemOf(request, exchange, state);
  if (problem) return redirected(request, problem);
  const id = state.directory.signIns.begin(request);
  const { displayName } = registrationOf(application, state);
  return signInPage({
    action: `/${tenant}/login`,
    id,
    application: displayName,
    name: exchange.query('login_hint') ?? '',
  });
}

/** A refusal that the person sees, and the application does not get. */
export function refusedOnPage(code: number, message: string): Refusal {
  return new Refusal(errorPage(code, message));
}

function requireApplication(exchange: Exchange, state: State): Application {
  const clientId = exchange.query('client_id') ?? '';
  const application = state.applications.find((candidate) => candidate.clientId === clientId);
  if (application) return application;
  const text = `Application with identifier '${clientId}' was not found in the directory '${state.organization}'.`;
  throw refusedOnPage(700016, text);
}

function readRequest(exchange: Exchange, application: Application, state: State): SignInRequest {
  const redirectUri = exchange.query('redirect_uri') ?? '';
  const platform = platformOf(registrationOf(application, state), redirectUri);
  if (!platform) {
    const text = `The redirect URI '${redirectUri}' specified in the request does not match the redirect URIs configured for the application '${application.clientId}'.`;
    throw refusedOnPage(50011, text);
  }
  const mode = exchange.query('response_mode') ?? 'query';
  if (mode !== 'query') throw notKnown(`with response_mode=${mode}`);
  return {
    clientId: application.clientId,
    redirectUri,
    platform,
    scope: exchange.query('scope') ?? '',
    state: exchange.query('state'),
    nonce: exchange.query('nonce'),
    codeChallenge: exchange.query('code_challenge'),
  };
}

/** What is wrong with a request whose redirect is right. */
function problemOf(request: SignInRequest, exchange: Exchange, state: State): RedirectedError | undefined {
  const responseType = exchange.query('response_type');
  if (responseType !== 'code') {
    return {
      error: 'unsupported_response_type',
      code: 700054,
      message: `response_type '${responseType}' is not enabled for the application.`,
    };
  }
  const method = exchange.query('code_challenge_method') ?? 'plain';
  if (request.codeChallenge !== undefined && method !== 'S256') throw notKnown(`with code_challenge_method=${method}`);
  if (request.codeChallenge === undefined && request.platform === 'spa') {
    const message = 'Proof Key for Code Exchange is required for cross-origin authorization code redemption.';
    return { error: 'invalid_request', code: 9002325, message };
  }
  if (exchange.query('prompt') === 'none') {
    const message = 'Session information is not sufficient for single-sign-on.';
    return { error: 'login_required', code: 50058, message };
  }
  try {
    readPermissions(wantedScopes(request.scope), state, refusalsOf(state));
    return undefined;
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    const { error, error_description } = refusal.answer.json as { error: string; error_description: string };
    return { error, description: error_description };
  }
}

export type RedirectedError = { error: string } & ({ code: number; message: string } | { description: string });

/** Sends the browser back to the application with a refusal. */
export function redirected(request: SignInRequest, problem: RedirectedError): Answer {
  const description = 'description' in problem ? problem.description : `AADSTS${problem.code}: ${problem.message}`;
  return back(request, { error: problem.error, error_description: description });
}

/** Sends the browser back to the application. */
export function back(request: SignInRequest, parameters: Record<string, string>): Answer {
  const location = new URL(request.redirectUri);
  for (const [name, value] of Object.entries(parameters)) location.searchParams.set(name, value);
  if (request.state !== undefined) location.searchParams.set('state', request.state);
  return { status: 302, headers: { Location: location.href, 'Cache-Control': 'no-store, no-cache' } };
}
