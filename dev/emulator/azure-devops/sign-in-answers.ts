import type { ServicePrincipal } from '../directory/entities';
import { readJwt } from '../entra/jwt';
import type { Caller } from '../model';
import { type Answer, envelope, Refusal } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { identify, presented, unknownPrincipal } from './credentials';

/** The caller, or a refusal that sends it to sign in. */
export function requireCaller(exchange: Exchange, state: State): Caller {
  const caller = identify(exchange, state);
  if (!caller) throw new Refusal(signIn(exchange, state));
  return caller;
}

/** A 401 for a genuine caller whose credential does not allow this. The answer to a PAT does not say what it lacks. */
export function unauthorized(state: State, caller: Caller, name: string): Answer {
  if (caller.kind === 'pat') return refusedPat(state);
  return refusal(state, `TF400813: The user '${name}' is not authorized to access this resource.`);
}

/**
 * What a caller gets whom the organization does not know. For a PAT that is no use any more and a refused token of Entra
 * the answer says so; without any credential that it knows, it answers a plain 401 if it is asked for one with
 * `X-TFS-FedAuthRedirect: Suppress`, else a page to sign in, or the way there.
 */
export function signIn(exchange: Exchange, state: State): Answer {
  const credential = presented(exchange);
  if (credential?.scheme === 'basic' && state.pats.some(({ token }) => token === credential.value)) {
    return refusedPat(state);
  }
  const suppressed = exchange.header('x-tfs-fedauthredirect')?.toLowerCase() === 'suppress';
  const principal = unknownPrincipal(exchange, state);
  if (principal) return suppressed ? neverSignedIn(state, principal) : wayIn(exchange, state);
  const isOfEntra = readJwt(credential?.value ?? '') !== undefined || state.opaqueTokens.has(credential?.value ?? '');
  if (credential?.scheme === 'bearer' && isOfEntra) return refusedBearer(state);
  if (suppressed) return refusal(state, "TF400813: The user '' is not authorized to access this resource.");
  return wayIn(exchange, state);
}

function wayIn(exchange: Exchange, state: State): Answer {
  return state.signInAnswer === 'redirect' ? redirect(exchange, state) : page(state);
}

function refusedPat(state: State): Answer {
  return { status: 401, headers: { 'WWW-Authenticate': basic(state), ...tenant(state) } };
}

function refusedBearer(state: State): Answer {
  const text = "TF400813: The user '' is not authorized to access this resource.";
  const answer = envelope(401, 'InvalidIdentityException', text);
  return { ...answer, bom: true, headers: { ...answer.headers, 'WWW-Authenticate': bearer(state), ...tenant(state) } };
}

function neverSignedIn(state: State, { oid }: ServicePrincipal): Answer {
  // The tenant stands there twice.
  const name = `${state.tenantId}\\${state.tenantId}\\${oid}`;
  const text = `TF401444: Please sign-in at least once as ${name} in a web browser to enable access to the service.`;
  return refusal(state, text);
}

function refusal(state: State, text: string): Answer {
  const answer = envelope(401, 'UnauthorizedRequestException', text);
  const challenge = { 'WWW-Authenticate': [bearer(state), basic(state), 'TFS-Federated'], ...tenant(state) };
  return { ...answer, headers: { ...answer.headers, ...challenge } };
}

function bearer({ authorityUrl, organizationTenantId }: State): string {
  return `Bearer authorization_uri=${authorityUrl}/${organizationTenantId}`;
}

function basic({ url }: State): string {
  return `Basic realm="${url}/"`;
}

function tenant({ organizationTenantId }: State): Record<string, string> {
  return { 'X-VSS-ResourceTenant': organizationTenantId };
}

function redirect(exchange: Exchange, state: State): Answer {
  const location = `${state.url}/_signin?realm=vssps.dev.azure.com&reply_to=${encodeURIComponent(state.url + exchange.record.path)}`;
  return {
    status: 302,
    headers: { Location: location, ...tenant(state) },
    contentType: 'text/html; charset=utf-8',
    text: `<html><head><title>Object moved</title></head><body>\r\n<h2>Object moved to <a href="${location.replaceAll('&', '&amp;')}">here</a>.</h2>\r\n</body></html>\r\n`,
  };
}

function page(state: State): Answer {
  return {
    status: 203,
    headers: tenant(state),
    contentType: 'text/html; charset=utf-8',
    text: '<!DOCTYPE html>\r\n<html lang="en-US"><head><title>Azure DevOps Services | Sign In</title></head><body>Sign in</body></html>\r\n',
  };
}
