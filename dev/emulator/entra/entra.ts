import type { Answer } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { authenticateClient, findApplication } from './client-authentication';
import { actForItself } from './client-credentials';
import { redeemRefreshToken } from './redeem';
import { type Refuse, refusalsOf } from './refusals';

/** `POST /{tenant}/oauth2/v2.0/token` */
export function issueToken(exchange: Exchange, state: State): Answer {
  const refuse = refusalsOf(state);
  requireTenant(exchange.route[0] ?? '', state, refuse);
  if (!exchange.header('content-type')?.startsWith('application/x-www-form-urlencoded')) {
    const text = "The request body must contain the following parameter: 'grant_type'.";
    throw refuse(900144, text, { error: 'invalid_request' });
  }
  const form = exchange.form();
  const application = findApplication(form, state, refuse);
  const request = { form, application, state, refuse, origin: exchange.header('origin') };
  switch (form.get('grant_type')) {
    case 'refresh_token':
      return redeemRefreshToken(request);
    case 'client_credentials':
      authenticateClient(request, 'web');
      return actForItself(form, application, state, refuse);
    default:
      return { status: 501, json: { error: `The emulator does not know grant_type=${form.get('grant_type')}` } };
  }
}

/** Refuses a tenant that is neither the id nor the domain of the one there is. */
export function requireTenant(tenant: string, state: State, refuse: Refuse): void {
  if (tenant === state.tenantId || tenant === state.tenantDomain) return;
  const text = `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`;
  throw refuse(90002, text, { error: 'invalid_request' });
}
