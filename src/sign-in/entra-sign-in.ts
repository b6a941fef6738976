import type { Pipeline } from '../agent/pipeline';
import { readJobIdentity } from '../azure-devops/job';
import type { AccessToken } from '../azure-devops/tokens/pats';
import { TaskError } from '../errors';
import { isGuid } from '../guid';
import type { Conversation } from '../http/conversation';
import type { Secret } from '../secret';
import { claimsOf } from '../web-token';
import type { AppCredential } from './app';
import { requestIdentityToken } from './identity-token';
import { azureDevOps, type IssuedToken, TokenEndpoint } from './token-endpoint';
import type { RefreshTokenCredential, UserCredential } from './user';

/** A signed-in user. */
export interface SignedIn {
  accessToken: AccessToken;
  /** Tenant and object id of the user, where the token can be read: it is meant for the service, not for us. */
  user?: string;
}

/** An application's access token for Azure DevOps. */
export interface AppToken {
  token: Secret;
  /** Milliseconds since 1970, UTC. */
  expires: number;
  /** Object id of the service principal, where the token states it. */
  principal?: string;
}

// Without offline_access: a new refresh token could not be put back into the connection, and would be one secret more.
const userScopes = `${azureDevOps}/vso.pats ${azureDevOps}/vso.pats_manage`;
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** Milliseconds before the second try of an exchange; each further pause is twice as long. */
const firstPause = 500;
const maxTries = 4;

/** Signs users and applications in at Entra, for Azure DevOps. */
export class EntraSignIn {
  readonly #conversation: Conversation;
  readonly #agent: Pipeline;
  readonly #endpoint: TokenEndpoint;

  constructor(conversation: Conversation, agent: Pipeline) {
    this.#conversation = conversation;
    this.#agent = agent;
    this.#endpoint = new TokenEndpoint(conversation, (secret) => agent.mask(secret));
  }

  /**
   * Signs a user in: redeems the refresh token, or takes the access token that was handed in. One request or none.
   * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#refresh-the-access-token
   * @throws TaskError one of the `sign-in-…` codes, `issuer-not-a-user`, `response-malformed`, or those of Conversation.
   */
  async user(credential: UserCredential): Promise<SignedIn> {
    const first = await this.#userToken(credential);
    const user = userOf(first);
    const accessToken = async (claims?: string) =>
      claims === undefined ? first : await this.#userToken(credential, claims);
    return { accessToken, ...(user !== undefined && { user }) };
  }

  /**
   * Signs an application in: one request with a secret, two by workload identity federation.
   * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
   * @throws TaskError `host-untrusted`, `connection-invalid`, one of the `sign-in-…` codes, `response-malformed`, or
   * those of Conversation.
   */
  async app(credential: AppCredential): Promise<AppToken> {
    const { authority, tenantId, clientId } = credential;
    const issued = await this.#proved(credential, (proof, secrets, again) => {
      const scope = `${azureDevOps}/.default`;
      const form = new URLSearchParams({ client_id: clientId, grant_type: 'client_credentials', scope, ...proof });
      return this.#endpoint.request({ authority, tenantId, form, secrets, again });
    });
    if (issued.expiresIn === undefined) {
      const what = 'Signing in was answered with a token whose expiry cannot be read.';
      throw new TaskError('response-malformed', what);
    }
    const { oid } = issued.claims;
    return {
      token: issued.accessToken,
      expires: this.#conversation.serverNow() + issued.expiresIn * 1000,
      ...(typeof oid === 'string' && isGuid(oid) && { principal: oid }),
    };
  }

  /** @param claims what the token has to prove beside what it usually does: JSON, as Azure DevOps asked for it. */
  async #userToken(credential: UserCredential, claims?: string): Promise<Secret> {
    if (credential.kind === 'refreshToken') return (await this.#redeem(credential, claims)).accessToken;
    if (claims === undefined) return credential.accessToken;
    throw new TaskError(
      'sign-in-interaction-required',
      'Azure DevOps asks for a token that proves more than the given accessToken does.',
      { remedy: 'Get a new access token for this user, and pass that; a policy of the tenant changed meanwhile.' },
    );
  }

  #redeem(
    { authority, tenantId, clientId, clientSecret, refreshToken }: RefreshTokenCredential,
    claims: string | undefined,
  ): Promise<IssuedToken> {
    const form = new URLSearchParams({ client_id: clientId, grant_type: 'refresh_token', scope: userScopes });
    form.set('refresh_token', refreshToken.reveal());
    if (claims !== undefined) form.set('claims', claims);
    if (clientSecret) form.set('client_secret', clientSecret.reveal());
    const secrets = [refreshToken, ...(clientSecret ? [clientSecret] : [])];
    return this.#endpoint.request({ authority, tenantId, form, secrets });
  }

  /**
   * Makes a request with what proves that the application is meant. After a fault that may pass, an exchange of an identity
   * token begins anew with another one: one may be good for one use only, and the request that failed may have used it up.
   */
  async #proved(
    credential: AppCredential,
    request: (
      proof: Record<string, string>,
      secrets: Secret[],
      again: 'any-fault' | 'throttling',
    ) => Promise<IssuedToken>,
  ): Promise<IssuedToken> {
    if (credential.kind === 'clientSecret') {
      const { clientSecret } = credential;
      return request({ client_secret: clientSecret.reveal() }, [clientSecret], 'any-fault');
    }
    const source = { job: readJobIdentity(this.#agent), url: this.#agent.variable('System.OidcRequestUri') };
    for (let attempt = 1, pause = firstPause; ; attempt++, pause *= 2) {
      const proof = await requestIdentityToken(this.#conversation, source, credential.connection);
      this.#agent.mask(proof);
      const form = { client_assertion_type: assertionType, client_assertion: proof.reveal() };
      try {
        return await request(form, [proof], 'throttling');
      } catch (error) {
        const passing = error instanceof TaskError && (error.code === 'network' || error.code === 'timed-out');
        if (!passing || attempt === maxTries || !(await this.#conversation.pause(pause))) throw error;
      }
    }
  }
}

/**
 * Tenant and object id of the user whom a token belongs to, where it can be read.
 * @throws TaskError `issuer-not-a-user` where the token itself shows that it is an application's.
 */
function userOf(accessToken: Secret): string | undefined {
  const { idtyp, tid, oid } = claimsOf(accessToken);
  if (idtyp === 'app') {
    throw new TaskError('issuer-not-a-user', 'The access token belongs to an application, not to a user.');
  }
  const known = typeof tid === 'string' && typeof oid === 'string' && isGuid(tid) && isGuid(oid);
  return known ? `${tid}/${oid}`.toLowerCase() : undefined;
}
