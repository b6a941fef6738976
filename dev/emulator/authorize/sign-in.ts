import { randomUUID } from 'node:crypto';
import type { Application, User } from '../directory/entities';
import { grantedScopes, readPermissions, wantedScopes } from '../entra/consent';
import { requireAdmitted } from '../entra/redeem';
import type { Refuse } from '../entra/refusals';
import { registrationOf } from '../graph/applications';
import { type Answer, Refusal } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { back, redirected, refusedOnPage } from './authorize';
import { consentPage, signInPage } from './pages';
import type { SignInRequest } from './sign-ins';

/** A page that a person has filled in. */
interface Submitted {
  id: string;
  request: SignInRequest;
  application: Application;
  form: URLSearchParams;
}

/** `POST /{tenant}/login`: the name and the password that a person entered. */
export function signIn(exchange: Exchange, state: State): Answer {
  const submitted = readSubmitted(exchange, state);
  const { id, request, application, form } = submitted;
  const name = form.get('login') ?? '';
  const user = Object.values(state.users).find(({ upn }) => upn.toLowerCase() === name.trim().toLowerCase());
  const again = (problem: string) => {
    const { displayName } = registrationOf(application, state);
    return signInPage({ action: `/${exchange.route[0]}/login`, id, application: displayName, name, problem });
  };
  if (!user)
    return again(`AADSTS50034: The user account ${name} does not exist in the ${state.organization} directory.`);
  if (user.password === undefined || form.get('passwd') !== user.password) {
    return again('AADSTS50126: Your account or password is incorrect.');
  }
  requireAdmitted(user, { application, state, refuse: refusedOnPage });
  const missing = missingConsent(request, { application, user, state });
  if (missing.length === 0) return finish(submitted, user, state);
  const { displayName } = registrationOf(application, state);
  if (!state.directory.usersMayConsent && !state.directory.hasRole(user.oid, 'Cloud Application Administrator')) {
    throw refusedOnPage(
      90094,
      `Need admin approval. ${displayName} needs permission to access resources in your organization that only an admin can grant.`,
    );
  }
  state.directory.signIns.remember(id, user);
  return consentPage({ action: `/${exchange.route[0]}/consent`, id, application: displayName, scopes: missing });
}

/** `POST /{tenant}/consent`: whether the person lets the application have what it asks for. */
export function consent(exchange: Exchange, state: State): Answer {
  const submitted = readSubmitted(exchange, state);
  const { id, request, application, form } = submitted;
  const user = state.directory.signIns.userOf(id);
  if (!user) throw refusedOnPage(165000, 'Invalid request: the page has expired.');
  if (form.get('decision') !== 'accept') {
    const message = `User declined to consent to access the app '${application.clientId}'.`;
    return redirected(request, { error: 'access_denied', code: 65004, message });
  }
  const { resource } = permissionsOf(request, state);
  state.directory.grants.push({
    id: randomUUID(),
    clientId: principalOf(application, state),
    resourceId: resource.id,
    consentType: 'Principal',
    principalId: user.oid,
    scope: missingConsent(request, { application, user, state }).join(' '),
  });
  return finish(submitted, user, state);
}

function finish({ id, request }: Submitted, user: User, state: State): Answer {
  const code = state.directory.signIns.giveCode(id, user, state.clock.now());
  return back(request, { code: code.value, session_state: randomUUID() });
}

function readSubmitted(exchange: Exchange, state: State): Submitted {
  const form = exchange.form();
  const id = form.get('ctx') ?? '';
  const request = state.directory.signIns.request(id);
  const application = state.applications.find(({ clientId }) => clientId === request?.clientId);
  if (!request || !application) throw refusedOnPage(165000, 'Invalid request: the page has expired.');
  return { id, request, application, form };
}

const refuseInternally: Refuse = (code) => new Refusal({ status: 400, json: { error_codes: [code] } });

function permissionsOf({ scope }: SignInRequest, state: State) {
  return readPermissions(wantedScopes(scope), state, refuseInternally);
}

/** The permissions that a request asks for and the user has not consented to. */
function missingConsent(
  request: SignInRequest,
  { application, user, state }: { application: Application; user: User; state: State },
): string[] {
  const { resource, names } = permissionsOf(request, state);
  return names.filter((name) => {
    try {
      grantedScopes({ resource, names: [name] }, { application, user, state, refuse: refuseInternally });
      return false;
    } catch (refusal) {
      if (refusal instanceof Refusal) return true;
      throw refusal;
    }
  });
}

/** The application's service principal, which the first consent makes. */
function principalOf(application: Application, state: State): string {
  const { clientId } = application;
  const known = state.servicePrincipals.find((principal) => principal.clientId === clientId);
  if (known) return known.oid;
  const { displayName } = registrationOf(application, state);
  const principal = { clientId, oid: randomUUID(), displayName, member: false };
  state.servicePrincipals.push(principal);
  return principal.oid;
}
