import { TaskError } from '../errors';
import type { Call, Conversation } from '../http/conversation';
import { Secret } from '../secret';
import { claimsOf, maxWebTokenLength } from '../web-token';
import { isPassingRefusal, refusal } from './refusals/refusals';

/** A request to Entra's token endpoint. */
export interface TokenRequest {
  /** Origin of the authority. */
  authority: string;
  tenantId: string;
  form: URLSearchParams;
  /** What of the form is secret. */
  secrets: Secret[];
  /** What may be tried again with the same form; by default what any fault stopped. */
  again?: Call['again'];
  /** The identity token in the form, so that a refusal can show what it states. */
  assertion?: Secret;
}

/** What the token endpoint issued. */
export interface IssuedToken {
  accessToken: Secret;
  /** Seconds, where Entra states them. */
  expiresIn?: number;
  /** A new refresh token, where Entra issued one. */
  refreshToken?: Secret;
  /** Unverified: they decide nothing that the service does not decide again. */
  claims: Record<string, unknown>;
}

/** How a JSON Web Token is named that stands in place of a client secret. */
export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** Application id of Azure DevOps in every tenant, and what its access tokens are for. */
export const azureDevOpsId = '499b84ac-1321-427f-aa17-267ca6975798';
/** The delegated permissions of Azure DevOps with which a user's personal access tokens are minted, listed and revoked. */
export const patScopes = ['vso.pats', 'vso.pats_manage'];
/** What Entra calls itself where it takes a token of another issuer, or of an agent's blueprint. */
export const tokenExchange = 'api://AzureADTokenExchange';
/** Seconds; no access token of Entra lives longer than 28 hours. */
const maxLife = 28 * 3600;

/**
 * Entra's token endpoint.
 * https://learn.microsoft.com/entra/identity-platform/v2-protocols
 */
export class TokenEndpoint {
  readonly #conversation: Conversation;
  readonly #mask: (secret: Secret) => void;

  /** @param mask is given every secret of an answer before anything else is done with it. */
  constructor(conversation: Conversation, mask: (secret: Secret) => void) {
    this.#conversation = conversation;
    this.#mask = mask;
  }

  /**
   * Asks for an access token.
   * @throws TaskError one of the `sign-in-…` codes, `response-malformed`, or those of Conversation.
   */
  async request(request: TokenRequest): Promise<IssuedToken> {
    const { authority, tenantId, form, secrets, again = 'any-fault', assertion } = request;
    const answer = await this.#conversation.ask({
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
    // A new refresh token may come unasked. Then it is not kept, but it is alive all the same.
    const renewed = answer.field('refresh_token');
    for (const secret of [accessToken, renewed]) if (typeof secret === 'string') this.#mask(new Secret(secret));
    if (answer.status !== 200 || typeof accessToken !== 'string') throw refusal(answer, assertion);
    const secret = new Secret(accessToken);
    const type = answer.field('token_type');
    if (!secret.isPrintableWord(20, maxWebTokenLength) || typeof type !== 'string' || type.toLowerCase() !== 'bearer') {
      const what = `Signing in at ${answer.host} was answered with no usable access token.`;
      throw new TaskError('response-malformed', what);
    }
    const seconds = Number(answer.field('expires_in'));
    const known = Number.isFinite(seconds) && seconds > 0 && seconds <= maxLife;
    return {
      accessToken: secret,
      claims: claimsOf(secret),
      ...(known && { expiresIn: seconds }),
      ...(typeof renewed === 'string' && { refreshToken: new Secret(renewed) }),
    };
  }
}
