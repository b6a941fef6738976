import type { Answer } from '../../src/http/answer';
import { Conversation } from '../../src/http/conversation';
import { Secret } from '../../src/secret';
import { assertionType, azureDevOpsId, tokenExchange } from '../../src/sign-in/token-endpoint';
import { onceSecretIsKnown } from '../browser/redeem';
import { Rest, succeeded } from '../services/rest';
import type { Tools } from '../tools';
import type { Examined } from './examined';
import { tryTokens } from './live';
import { type Tried, tried } from './tried';

/** Milliseconds for each request, with its tries. */
const budget = 60_000;
const exchange = `${tokenExchange}/.default`;

/** What a trial of the chain found, and whether Azure DevOps minted for the agent user. */
export interface TriedAgent {
  lines: Tried[];
  isTaken: boolean;
}

/**
 * Whether Azure DevOps takes the agent user: the sign-in of a job, but that the blueprint proves itself with a client
 * secret, then who Azure DevOps says that this is, and a token of five minutes.
 * https://learn.microsoft.com/entra/agent-id/identity-platform/agent-user-oauth-flow
 */
export async function tryAgent(
  tools: Tools,
  { connection }: Examined,
  { clientId, clientSecret }: { clientId: string; clientSecret: Secret },
): Promise<TriedAgent> {
  const lines: Tried[] = [];
  const { agentIdentityId, agentUserId } = connection;
  const note = (question: string, answer: Answer) => {
    lines.push(tried(question, answer, succeeded(answer) ? 'issued' : 'refused'));
    return tokenIn(answer);
  };
  const forIdentity = note(
    'sign the blueprint in for its agent identity',
    await firstToken(tools, { clientId, clientSecret, agentIdentityId }),
  );
  if (!forIdentity) return { lines, isTaken: false };
  const asIdentity = {
    client_id: agentIdentityId,
    client_assertion_type: assertionType,
    client_assertion: forIdentity.reveal(),
  };
  const second = { ...asIdentity, grant_type: 'client_credentials', scope: exchange };
  const ofIdentity = note('sign the agent identity in', await post(tools, second, [forIdentity]));
  if (!ofIdentity) return { lines, isTaken: false };
  const third = {
    ...asIdentity,
    grant_type: 'user_fic',
    user_federated_identity_credential: ofIdentity.reveal(),
    user_id: agentUserId,
    scope: `${azureDevOpsId}/.default`,
  };
  const accessToken = note('sign the agent user in', await post(tools, third, [forIdentity, ofIdentity]));
  if (!accessToken) return { lines, isTaken: false };
  lines.push(await whoItIs(tools, accessToken));
  const tokens = await tryTokens(tools, { accessToken });
  const minted = tokens.some(({ question, answer }) => question.startsWith('create') && answer.startsWith('minted'));
  return { lines: [...lines, ...tokens], isTaken: minted };
}

function firstToken(
  tools: Tools,
  who: { clientId: string; clientSecret: Secret; agentIdentityId: string },
): Promise<Answer> {
  const form = {
    client_id: who.clientId,
    client_secret: who.clientSecret.reveal(),
    grant_type: 'client_credentials',
    scope: exchange,
    fmi_path: who.agentIdentityId,
  };
  return onceSecretIsKnown(tools, () => post(tools, form, [who.clientSecret]));
}

function post({ runtime, hosts, tenantId }: Tools, form: Record<string, string>, secrets: Secret[]): Promise<Answer> {
  return new Conversation(runtime, budget).ask({
    method: 'POST',
    url: `${hosts.entra}/${tenantId}/oauth2/v2.0/token`,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' },
    body: new URLSearchParams(form).toString(),
    doing: 'Signing the agent user in',
    secrets,
    again: 'throttling',
  });
}

async function whoItIs({ runtime, interruption, hosts }: Tools, accessToken: Secret): Promise<Tried> {
  const access = { runtime, interrupted: interruption.signal, base: hosts.organization, who: 'you' } as const;
  const api = new Rest({ ...access, token: async () => accessToken });
  const path = '/_apis/connectionData?api-version=7.1-preview.1';
  const answer = await api.ask({ path, doing: 'Asking who it is', takesFaults: true });
  return tried('ask Azure DevOps who the agent user is', answer, succeeded(answer) ? 'taken' : 'refused');
}

function tokenIn(answer: Answer): Secret | undefined {
  const token = answer.field('access_token');
  return answer.status === 200 && typeof token === 'string' && token !== '' ? new Secret(token) : undefined;
}
