import { answerAgent } from '../agent-identity/token-chain';
import { redeemCode } from '../authorize/redeem-code';
import type { Answer } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { authenticateClient, findApplication } from './clients/authentication';
import { actForItself } from './clients/credentials';
import { redeemRefreshToken } from './redeem';
import { refusalsOf, requireTenant } from './refusals';

/** `POST /{tenant}/oauth2/v2.0/token` */
export function issueToken(exchange: Exchange, state: State): Answer {
  const refuse = refusalsOf(state);
  requireTenant(exchange.route[0] ?? '', state, refuse);
  if (!exchange.header('content-type')?.startsWith('application/x-www-form-urlencoded')) {
    const text = "The request body must contain the following parameter: 'grant_type'.";
    throw refuse(900144, text, { error: 'invalid_request' });
  }
  const form = exchange.form();
  const unknown = { form, state, refuse, origin: exchange.header('origin') };
  const agent = answerAgent(unknown);
  if (agent) return agent;
  const application = findApplication(form, state, refuse);
  const request = { ...unknown, application };
  switch (form.get('grant_type')) {
    case 'authorization_code':
      return redeemCode(request);
    case 'refresh_token':
      return redeemRefreshToken(request);
    case 'client_credentials':
      authenticateClient(request, 'web');
      return actForItself(form, application, state, refuse);
    default:
      return { status: 501, json: { error: `The emulator does not know grant_type=${form.get('grant_type')}` } };
  }
}
