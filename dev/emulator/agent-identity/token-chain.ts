import type { ServicePrincipal } from '../directory/entities';
import { authenticateClient, findApplication, type TokenRequest } from '../entra/clients/authentication';
import { wantedScopes } from '../entra/consent';
import { type Claims, signJwt, verifyJwt } from '../entra/jwt';
import { tokens } from '../entra/redeem';
import { noStore, type Refuse } from '../entra/refusals';
import { type Answer, notKnown } from '../requests/answers';
import type { State } from '../state';

const audience = 'api://AzureADTokenExchange';
const lifetimeSeconds = 60 * 60;

type UnknownClient = Omit<TokenRequest, 'application'>;

/** The answer to a request that belongs to an agent's sign-in, in three requests; of any other, nothing. */
export function answerAgent(request: UnknownClient): Answer | undefined {
  const { form, state, refuse } = request;
  const grant = form.get('grant_type');
  const identity = state.servicePrincipals.find(({ clientId, agent }) => agent && clientId === form.get('client_id'));
  if (grant === 'user_fic') {
    if (!identity)
      throw refuse(700016, 'The client of a user_fic grant is no agent identity.', { error: 'unauthorized_client' });
    return actAsUser(request, identity);
  }
  if (grant !== 'client_credentials' || form.get('scope') !== `${audience}/.default`) {
    if (identity) throw notKnown(`where an agent identity asks with grant_type=${grant}`);
    return undefined;
  }
  return identity ? vouchForItself(request, identity) : vouchForIdentity(request);
}

/** First: the blueprint proves itself, and gets a token with which one of its identities can. */
function vouchForIdentity(request: UnknownClient): Answer {
  const { form, state, refuse } = request;
  const application = findApplication(form, state, refuse);
  authenticateClient({ ...request, application }, 'web');
  const path = form.get('fmi_path');
  const blueprintId = application.clientId;
  const known = state.servicePrincipals.some((one) => one.clientId === path && one.agent?.blueprintId === blueprintId);
  if (path !== null && !known) {
    throw refuse(82014, `The fmi_path '${path}' names no agent identity of the application.`, {
      error: 'invalid_request',
    });
  }
  const sub = `/eid1/c/pub/t/${state.tenantId}/a/${blueprintId}/${path ?? ''}`;
  return exchangeToken({ sub, appid: blueprintId, ...(path !== null && { agent: path }) }, state);
}

/** Second: the identity gets a token of its own for that one. */
function vouchForItself(request: UnknownClient, identity: ServicePrincipal): Answer {
  requireVoucher(request, identity);
  return exchangeToken({ sub: identity.oid, appid: identity.clientId }, request.state);
}

/** Third: with both, the identity gets the token of its user. */
function actAsUser(request: UnknownClient, identity: ServicePrincipal): Answer {
  const { form, state, refuse } = request;
  requireVoucher(request, identity);
  const own = read(form.get('user_federated_identity_credential'), state);
  if (own?.appid !== identity.clientId)
    throw untrusted(refuse, 'The user federated identity credential is not of this agent identity.');
  const [id, name] = [form.get('user_id'), form.get('username')?.toLowerCase()];
  const user = Object.values(state.users).find(
    (one) => one.agentIdentityId === identity.oid && (one.oid === id || one.upn.toLowerCase() === name),
  );
  if (!user) throw refuse(50034, `The user account ${id ?? name} is no user of this agent identity.`);
  if (user.disabled) throw refuse(50057, 'The user account is disabled.');
  const application = { clientId: identity.clientId, permissions: [] };
  const json = tokens(user, wantedScopes(form.get('scope')), { ...request, application });
  return { status: 200, headers: noStore, json };
}

/** The blueprint's word for this identity, as client assertion. */
function requireVoucher({ form, state, refuse }: UnknownClient, identity: ServicePrincipal): void {
  const claims = read(form.get('client_assertion'), state);
  if (!claims) throw untrusted(refuse, 'The client assertion of an agent identity is not valid.');
  if (claims.agent !== identity.clientId) {
    const text = `No matching federated identity record found for presented assertion issuer. The assertion names no agent identity, or another one than '${identity.clientId}'.`;
    throw refuse(700211, text, { error: 'invalid_client' });
  }
}

function untrusted(refuse: Refuse, text: string) {
  return refuse(700027, text, { error: 'invalid_client' });
}

function read(token: string | null, state: State): Claims | undefined {
  const claims = verifyJwt(token ?? '');
  return claims?.aud === audience && Number(claims.exp) * 1000 > state.clock.now() ? claims : undefined;
}

function exchangeToken(claims: Claims, state: State): Answer {
  const now = Math.floor(state.clock.now() / 1000);
  const iss = `https://login.microsoftonline.com/${state.tenantId}/v2.0`;
  const token = signJwt({
    aud: audience,
    iss,
    iat: now,
    nbf: now,
    exp: now + lifetimeSeconds,
    idtyp: 'app',
    ...claims,
  });
  return {
    status: 200,
    headers: noStore,
    json: { token_type: 'Bearer', expires_in: lifetimeSeconds - 1, access_token: token },
  };
}
