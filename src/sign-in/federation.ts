import type { JobIdentity } from '../azure-devops/job';
import { isWithin } from '../azure-devops/organization';
import { TaskError } from '../errors';
import type { Conversation } from '../http/conversation';
import { Secret } from '../secret';
import type { AppIssuer } from './app';
import { azureDevOps, type IssuedToken, requestToken } from './token-endpoint';

/** What an application signs in with, and where its identity token comes from. */
export interface AppSignIn {
  issuer: AppIssuer;
  /** What this job is to its organization; undefined where the agent does not tell. */
  job: JobIdentity | undefined;
  /** System.OidcRequestUri: where a service connection's identity token is asked for. */
  identityTokenUrl: string;
}

/** An application's access token for Azure DevOps. */
export interface AppToken {
  token: Secret;
  /** Milliseconds since 1970, UTC. */
  expires: number;
  /** Object id of the service principal, where the token tells it. */
  principal?: string;
}

const firstPause = 500;
const mostTries = 4;
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * Signs an application in: one request with a secret, two by workload identity federation.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 * @param mask is given every secret before anything else is done with it.
 * @throws TaskError `host-untrusted`, `connection-invalid`, one of the `sign-in-…` codes, `response-malformed`, or those
 * of Conversation.
 */
export async function signInApp(
  conversation: Conversation,
  { issuer, job, identityTokenUrl }: AppSignIn,
  mask: (secret: Secret) => void,
): Promise<AppToken> {
  const issued =
    issuer.kind === 'clientSecret'
      ? await requestToken(
          conversation,
          { ...addressed(issuer, { client_secret: issuer.clientSecret.reveal() }), secrets: [issuer.clientSecret] },
          mask,
        )
      : await exchange(conversation, { issuer, job, identityTokenUrl }, issuer.connectionId, mask);
  if (issued.expiresIn === undefined) {
    throw new TaskError('response-malformed', 'Signing in was answered with a token whose expiry cannot be read.');
  }
  const { oid } = issued.claims;
  return {
    token: issued.accessToken,
    expires: conversation.serverNow() + issued.expiresIn * 1000,
    ...(typeof oid === 'string' && /^[0-9a-f-]{36}$/i.test(oid) && { principal: oid }),
  };
}

/**
 * Exchanges an identity token for an access token. After a fault that may pass it begins anew, with another identity
 * token: one may be good for one use only, and the request that failed may have used it up.
 */
async function exchange(
  conversation: Conversation,
  { issuer, job, identityTokenUrl }: AppSignIn,
  connectionId: string,
  mask: (secret: Secret) => void,
): Promise<IssuedToken> {
  for (let attempt = 1, pause = firstPause; ; attempt++, pause *= 2) {
    const proof = await requestIdentityToken(conversation, job, identityTokenUrl, connectionId);
    mask(proof);
    const form = addressed(issuer, { client_assertion_type: assertionType, client_assertion: proof.reveal() });
    try {
      return await requestToken(conversation, { ...form, secrets: [proof], again: 'throttling' }, mask);
    } catch (error) {
      const passing = error instanceof TaskError && (error.code === 'network' || error.code === 'timed-out');
      if (!passing || attempt === mostTries || !(await conversation.pause(pause))) throw error;
    }
  }
}

function addressed({ authority, tenantId, clientId }: AppIssuer, proof: Record<string, string>) {
  const scope = `${azureDevOps}/.default`;
  const form = new URLSearchParams({ client_id: clientId, grant_type: 'client_credentials', scope, ...proof });
  return { authority, tenantId, form };
}

/**
 * Asks for the identity token of a service connection, with the job's own token.
 * https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create
 */
async function requestIdentityToken(
  conversation: Conversation,
  job: JobIdentity | undefined,
  address: string,
  connectionId: string,
): Promise<Secret> {
  if (!job || address === '') {
    throw new TaskError('connection-invalid', 'This job is offered no identity token for a service connection.', {
      remedy: 'Use workload identity federation in Azure DevOps Services, with a current agent; nothing was sent.',
    });
  }
  // A variable of the pipeline could name any address, and the job's own token goes there.
  if (!isWithin(job.organization, address)) {
    throw new TaskError(
      'host-untrusted',
      'System.OidcRequestUri names an address outside the organization that runs this job.',
      {
        remedy: 'Remove the variable of that name from the pipeline; nothing was sent.',
      },
    );
  }
  const url = new URL(address);
  url.searchParams.set('api-version', '7.1');
  url.searchParams.set('serviceConnectionId', connectionId);
  const answer = await conversation.ask({
    method: 'POST',
    url: url.href,
    headers: {
      Authorization: `Bearer ${job.token.reveal()}`,
      'Content-Type': 'application/json',
      Accept: 'application/json',
      'X-TFS-FedAuthRedirect': 'Suppress',
    },
    body: '',
    doing: 'Asking for the identity token of the service connection',
    secrets: [job.token],
    again: 'any-fault',
  });
  const value = answer.field('oidcToken');
  const token = new Secret(typeof value === 'string' ? value : '');
  if (answer.status === 200 && token.isPrintableWord(20, 65_536)) return token;
  const text = answer.quote(answer.field('message'));
  if (answer.asksToSignIn || (answer.status >= 400 && answer.status < 500)) {
    throw new TaskError(
      'connection-invalid',
      `Azure DevOps gave no identity token for the service connection: it answered ${answer.status}${text && ` (${text})`}.`,
      { remedy: 'Check that the service connection exists and that this pipeline may use it.' },
    );
  }
  throw new TaskError('response-malformed', `${answer.host} did not answer with an identity token.`);
}
