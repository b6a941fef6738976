import { type Application, isEffective } from '../../directory/entities';
import type { RedirectPlatform } from '../../directory/registration';
import { Refusal } from '../../requests/answers';
import type { State } from '../../state';
import type { Refuse } from '../refusals';
import { acceptAssertion } from './assertion';

/** A request for tokens: its form, who sends it, and how it is refused. */
export interface TokenRequest {
  form: URLSearchParams;
  application: Application;
  state: State;
  refuse: Refuse;
  /** Set by a browser that sends the request from a page of another origin. */
  origin: string | undefined;
  /** What the id token is to repeat. */
  nonce?: string | undefined;
}

export function findApplication(form: URLSearchParams, state: State, refuse: Refuse): Application {
  const clientId = form.get('client_id') ?? '';
  const application = state.applications.find((candidate) => candidate.clientId === clientId);
  if (application) return application;
  const text = `Application with identifier '${clientId}' was not found in the directory '${state.organization}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.`;
  throw refuse(700016, text, { error: 'unauthorized_client' });
}

/** Lets the application in with the proof that is due, or refuses. */
export function authenticateClient(request: TokenRequest, platform: RedirectPlatform): void {
  const { form, refuse, origin } = request;
  if (platform === 'spa' && origin === undefined) {
    const text =
      "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.";
    throw refuse(9002327, text, { error: 'invalid_request' });
  }
  if (platform !== 'spa' && origin !== undefined) {
    const text = `Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type. Request origin: '${origin}'.`;
    throw refuse(9002326, text, { error: 'invalid_request' });
  }
  const secret = form.get('client_secret') || undefined;
  const proofs = [secret, form.get('client_assertion') ?? undefined].filter((proof) => proof !== undefined);
  if (proofs.length > 1) {
    throw new Refusal({ status: 501, json: { error: 'The emulator does not know two proofs in one request' } });
  }
  if (platform !== 'web') {
    if (proofs.length === 0) return;
    const text = "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.";
    throw refuse(700025, text, { error: 'invalid_client' });
  }
  if (form.has('client_assertion')) {
    acceptAssertion(form, request.application, request.state, refuse);
    return;
  }
  if (secret === undefined) {
    const text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
    throw refuse(7000218, text, { error: 'invalid_client' });
  }
  acceptSecret(secret, request);
}

/** Of an application whose codes and refresh tokens say nothing of their redirect. */
export function usualPlatform({ clientSecret, federatedCredentials }: Application): RedirectPlatform {
  return clientSecret === undefined && federatedCredentials === undefined ? 'publicClient' : 'web';
}

function acceptSecret(given: string, { application, state, refuse }: TokenRequest): void {
  const now = state.clock.now();
  const { clientId, clientSecret, secretExpiresAt = Number.POSITIVE_INFINITY, passwords = [] } = application;
  const secrets = [
    ...(clientSecret === undefined ? [] : [{ secretText: clientSecret, endsAt: secretExpiresAt }]),
    ...passwords.filter((password) => isEffective(password, now)),
  ];
  const found = secrets.find(({ secretText }) => secretText === given);
  if (!found) {
    const text = `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`;
    throw refuse(7000215, text, { error: 'invalid_client' });
  }
  if (found.endsAt <= now) {
    throw refuse(7000222, `The provided client secret keys for app '${clientId}' are expired.`, {
      error: 'invalid_client',
    });
  }
}
