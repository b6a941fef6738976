import { TaskError } from '../errors';
import { isGuid } from '../guid';
import type { Call, Conversation } from '../http/conversation';
import { Secret } from '../secret';
import { isPassingRefusal, refusal } from './refusals';
import type { Issuer } from './user';

/** A signed-in user. */
export interface SignedIn {
  /** The Entra access token. */
  accessToken: Secret;
  /** Tenant and object id of the user, where the token can be read: it is meant for the service, not for us. */
  user?: string;
}

/** Azure DevOps as Entra knows it. */
export const azureDevOps = '499b84ac-1321-427f-aa17-267ca6975798';
// Without offline_access: a new refresh token could not be put back into the connection, and would be one secret more.
const requestedScopes = `${azureDevOps}/vso.pats ${azureDevOps}/vso.pats_manage`;
/** Seconds; no access token of Entra lives longer than 28 hours. */
const longestLife = 28 * 3600;

/**
 * Signs in: redeems the refresh token, or takes the access token that was handed in. One request or none.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#refresh-the-access-token
 * @param mask is given every secret of the answer before anything else is done with it.
 * @throws TaskError one of the `sign-in-…` codes, `issuer-not-a-user`, `response-malformed`, or those of Conversation.
 */
export async function signIn(
  conversation: Conversation,
  issuer: Issuer,
  mask: (secret: Secret) => void,
): Promise<SignedIn> {
  if (issuer.kind === 'accessToken') return asUser(issuer.accessToken);

  const { authority, tenantId, clientId, clientSecret, refreshToken } = issuer;
  const form = new URLSearchParams({ client_id: clientId, grant_type: 'refresh_token', scope: requestedScopes });
  form.set('refresh_token', refreshToken.reveal());
  if (clientSecret) form.set('client_secret', clientSecret.reveal());
  const secrets = [refreshToken, ...(clientSecret ? [clientSecret] : [])];
  return asUser((await requestToken(conversation, { authority, tenantId, form, secrets }, mask)).accessToken);
}

/** A request to Entra's token endpoint. */
export interface TokenRequest {
  /** Origin of the authority. */
  authority: string;
  tenantId: string;
  form: URLSearchParams;
  /** What of the form is secret. */
  secrets: Secret[];
  /** Whether the form may be sent again after any fault: an assertion is good for one use. */
  again?: Call['again'];
}

/** What the token endpoint issued. */
export interface IssuedToken {
  accessToken: Secret;
  /** Seconds, where Entra tells them. */
  expiresIn?: number;
  /** Unverified: they decide nothing that the service does not decide again. */
  claims: Record<string, unknown>;
}

/**
 * Asks Entra for an access token.
 * https://learn.microsoft.com/entra/identity-platform/v2-protocols
 * @param mask is given every secret of the answer before anything else is done with it.
 * @throws TaskError one of the `sign-in-…` codes, `response-malformed`, or those of Conversation.
 */
export async function requestToken(
  conversation: Conversation,
  { authority, tenantId, form, secrets, again = 'any-fault' }: TokenRequest,
  mask: (secret: Secret) => void,
): Promise<IssuedToken> {
  const answer = await conversation.ask({
    method: 'POST',
    url: `${authority}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' },
    body: form.toString(),
    doing: 'Signing in',
    secrets,
    again,
    isPassing: isPassingRefusal,
  });
  const accessToken = answer.field('access_token');
  // A new refresh token comes unasked. It is not kept, but it is alive all the same.
  for (const secret of [accessToken, answer.field('refresh_token')]) {
    if (typeof secret === 'string') mask(new Secret(secret));
  }
  if (answer.status !== 200 || typeof accessToken !== 'string') throw refusal(answer);
  const secret = new Secret(accessToken);
  const type = answer.field('token_type');
  if (!secret.isPrintableWord(20, 65_536) || typeof type !== 'string' || type.toLowerCase() !== 'bearer') {
    throw new TaskError('response-malformed', `Signing in at ${answer.host} was answered with no usable access token.`);
  }
  const seconds = Number(answer.field('expires_in'));
  const told = Number.isFinite(seconds) && seconds > 0 && seconds <= longestLife;
  return { accessToken: secret, claims: claimsOf(secret), ...(told && { expiresIn: seconds }) };
}

/** @throws TaskError `issuer-not-a-user` where the token itself shows that it is an application's. */
function asUser(accessToken: Secret): SignedIn {
  const { idtyp, tid, oid } = claimsOf(accessToken);
  if (idtyp === 'app') {
    throw new TaskError('issuer-not-a-user', 'The access token belongs to an application, not to a user.');
  }
  const known = typeof tid === 'string' && typeof oid === 'string' && isGuid(tid) && isGuid(oid);
  return { accessToken, ...(known && { user: `${tid}/${oid}`.toLowerCase() }) };
}

function claimsOf(token: Secret): Record<string, unknown> {
  const [, payload, signature] = token.reveal().split('.');
  if (payload === undefined || signature === undefined) return {};
  try {
    const value: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
