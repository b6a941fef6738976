import { type ErrorCode, TaskError } from '../errors';
import type { Answer } from '../http/answer';
import type { Conversation } from '../http/conversation';
import type { Secret } from '../secret';
import type { Organization } from './organization';

/** A fresh token may not be known everywhere at once. */
const replicationTime = 10_000;
const firstPause = 250;

/** The token that is used, and what kind of token it is. */
export interface PoolToken {
  token: Secret;
  kind: 'pat' | 'entra';
}

/** What is asked of the pools of an organization. */
export interface PoolQuestion {
  /** Behind `…/_apis/distributedtask/pools`; empty for the pools themselves. */
  path: string;
  query: Record<string, string>;
  /** For messages: "Reading agent pools". */
  doing: string;
  /** Bytes that the answer may have, if more than usual. */
  largest?: number;
}

/** What a token that is not accepted means for each kind, and what to do. */
const refusals: Record<PoolToken['kind'], { code: ErrorCode; remedy?: string }> = {
  pat: { code: 'token-not-accepted' },
  entra: {
    code: 'not-signed-in',
    remedy:
      'Ask an organization administrator to add the service principal to the users of the organization, with the access level Basic.',
  },
};

/**
 * Asks the pools of an organization as an agent would, with the token as the password.
 * @returns the list that was asked for, unchecked.
 * @throws TaskError `token-not-accepted` or, for an application, `not-signed-in`; `response-malformed`, or those of
 * Conversation.
 */
export async function askPools(
  conversation: Conversation,
  organization: Organization,
  { token, kind }: PoolToken,
  { path, query, doing, largest }: PoolQuestion,
): Promise<unknown[]> {
  const parameters = new URLSearchParams({ ...query, 'api-version': '7.1' });
  const started = conversation.now();
  for (let pause = firstPause; ; pause *= 2) {
    const answer = await conversation.ask({
      method: 'GET',
      url: `${organization.url}/_apis/distributedtask/pools${path}?${parameters}`,
      headers: {
        Authorization: `Basic ${Buffer.from(`:${token.reveal()}`).toString('base64')}`,
        Accept: 'application/json',
        'X-TFS-FedAuthRedirect': 'Suppress',
      },
      doing,
      secrets: [token],
      again: 'any-fault',
      ...(largest !== undefined && { largest }),
    });
    const left = started + replicationTime - conversation.now();
    // Entra's tokens carry their own proof: nothing has to spread before they are known.
    const mayBeTooEarly = kind === 'pat' && answer.asksToSignIn && left > 0;
    if (!mayBeTooEarly || !(await conversation.pause(Math.min(pause, left)))) return listOf(answer, kind, doing);
  }
}

function listOf(answer: Answer, kind: PoolToken['kind'], doing: string): unknown[] {
  if (answer.asksToSignIn || (answer.status >= 400 && answer.status < 500)) {
    const reason = answer.quote(answer.field('message'));
    const { code, remedy } = refusals[kind];
    const what = `${doing} was refused: Azure DevOps answered ${answer.status}${reason && ` (${reason})`}.`;
    throw new TaskError(code, what, remedy === undefined ? {} : { remedy });
  }
  const list = answer.field('value');
  if (answer.status !== 200 || !Array.isArray(list)) {
    throw new TaskError('response-malformed', `${doing} at ${answer.host} was not answered with a list.`);
  }
  return list;
}
