import type { Pipeline } from '../agent/pipeline';
import { readJobIdentity } from '../azure-devops/job';
import type { AccessToken } from '../azure-devops/tokens/pats';
import { TaskError } from '../errors';
import { isGuid } from '../guid';
import type { Conversation } from '../http/conversation';
import type { Secret } from '../secret';
import { claimsOf } from '../web-token';
import { agentUserToken } from './agent-user';
import type { AppCredential } from './app';
import type { Redemption } from './client-proof';
import { requestIdentityToken } from './identity-token';
import {
  assertionType,
  azureDevOpsId,
  type IssuedToken,
  patScopes,
  TokenEndpoint,
  type TokenRequest,
} from './token-endpoint';
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

const userScope = patScopes.map((scope) => `${azureDevOpsId}/${scope}`).join(' ');
/** Milliseconds before the second try of an exchange; each further pause is twice as long. */
const firstPause = 500;
const maxTries = 4;

/** Signs users and applications in at Entra, for Azure DevOps. */
export class EntraSignIn {
  readonly #conversation: Conversation;
  readonly #pipeline: Pipeline;
  readonly #endpoint: TokenEndpoint;

  constructor(conversation: Conversation, pipeline: Pipeline) {
    this.#conversation = conversation;
    this.#pipeline = pipeline;
    this.#endpoint = new TokenEndpoint(conversation, (secret) => pipeline.mask(secret));
  }

  /**
   * Signs a user in: redeems the refresh token, or takes the access token that was handed in. No request, one with a
   * client secret, two by workload identity federation, four as an agent user.
   * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#refresh-the-access-token
   * @throws TaskError `host-untrusted`, `connection-invalid`, one of the `sign-in-…` codes, `issuer-not-a-user`,
   * `response-malformed`, or those of Conversation.
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
    const scope = `${azureDevOpsId}/.default`;
    const form = { client_id: credential.clientId, grant_type: 'client_credentials', scope };
    const issued = await this.redeem({ app: credential, form });
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

  /**
   * Redeems a refresh token.
   * @param more `offlineAccess` asks for a new refresh token too: only where it can be stored, since it is one secret
   * more; `claims` are what the token has to prove beside what it usually does: JSON, as Azure DevOps asked for it.
   * @throws TaskError those of user.
   */
  redeemRefreshToken(
    credential: RefreshTokenCredential,
    more: { offlineAccess?: boolean; claims?: string } = {},
  ): Promise<IssuedToken> {
    const { clientId, refreshToken } = credential;
    const form = {
      client_id: clientId,
      grant_type: 'refresh_token',
      scope: more.offlineAccess ? `${userScope} offline_access` : userScope,
      refresh_token: refreshToken.reveal(),
      ...(more.claims !== undefined && { claims: more.claims }),
    };
    return this.redeem({ app: credential, form, secrets: [refreshToken] });
  }

  /**
   * Sends a form with what proves that the application signs in. With an identity token, each try has a fresh one: the
   * request that failed may have used up the one before.
   * @throws TaskError those of app.
   */
  async redeem({ app, form, secrets = [] }: Redemption): Promise<IssuedToken> {
    const { proof, authority, tenantId } = app;
    const send = (proved: Record<string, string>, more: Pick<TokenRequest, 'secrets' | 'again' | 'assertion'>) =>
      this.#endpoint.request({ authority, tenantId, form: new URLSearchParams({ ...form, ...proved }), ...more });
    if (proof.kind === 'public') return send({}, { secrets });
    if (proof.kind === 'clientSecret') {
      const { clientSecret } = proof;
      return send({ client_secret: clientSecret.reveal() }, { secrets: [...secrets, clientSecret] });
    }
    return this.#sendWithIdentity(proof.connection, (proved, assertion) =>
      send(proved, { secrets: [...secrets, assertion], again: 'nothing', assertion }),
    );
  }

  async #sendWithIdentity(
    connection: string,
    send: (proved: Record<string, string>, assertion: Secret) => Promise<IssuedToken>,
  ): Promise<IssuedToken> {
    const source = { job: readJobIdentity(this.#pipeline), url: this.#pipeline.variable('System.OidcRequestUri') };
    for (let tries = 1, pause = firstPause; ; pause *= 2) {
      const assertion = await requestIdentityToken(this.#conversation, source, connection);
      this.#pipeline.mask(assertion);
      try {
        return await send({ client_assertion_type: assertionType, client_assertion: assertion.reveal() }, assertion);
      } catch (error) {
        if (!isPassing(error)) throw error;
        // A service that limits requests is asked as often as it lets this step wait.
        if (error.code !== 'throttled') tries++;
        if (tries > maxTries || !(await this.#conversation.pause(pause))) throw error;
      }
    }
  }

  async #userToken(credential: UserCredential, claims?: string): Promise<Secret> {
    switch (credential.kind) {
      case 'refreshToken':
        return (await this.redeemRefreshToken(credential, { ...(claims !== undefined && { claims }) })).accessToken;
      case 'agentUser':
        return agentUserToken((redemption) => this.redeem(redemption), credential);
      case 'accessToken':
        if (claims === undefined) return credential.accessToken;
        throw new TaskError(
          'sign-in-interaction-required',
          'Azure DevOps asks for a token that proves more than the given accessToken does.',
          { remedy: 'Get a new access token for this user, and pass that; a policy of the tenant changed meanwhile.' },
        );
    }
  }
}

/** Whether the same request may be answered, sent later with another identity token. */
function isPassing(error: unknown): error is TaskError {
  return error instanceof TaskError && ['network', 'timed-out', 'throttled'].includes(error.code);
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
