import type { JobIdentity } from '../azure-devops/job';
import { isWithin } from '../azure-devops/organization';
import { bearer, requestHeaders } from '../azure-devops/request';
import { TaskError } from '../errors';
import type { Answer } from '../http/answer';
import type { Conversation } from '../http/conversation';
import { Secret } from '../secret';
import { maxWebTokenLength } from '../web-token';

/** Where a job asks for the identity tokens of its service connections. */
export interface IdentityTokenSource {
  /** What this job is to its organization; undefined where the agent does not say. */
  job: JobIdentity | undefined;
  /** System.OidcRequestUri. */
  url: string;
}

/**
 * Asks for the identity token of a service connection, with the job's own token.
 * https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create
 * @throws TaskError `connection-invalid`, `host-untrusted`, `response-malformed`, or those of Conversation.
 */
export async function requestIdentityToken(
  conversation: Conversation,
  { job, url: address }: IdentityTokenSource,
  connection: string,
): Promise<Secret> {
  if (!job || address === '') {
    throw new TaskError('connection-invalid', 'This job is offered no identity token for a service connection.', {
      remedy: 'Use workload identity federation in Azure DevOps Services, with a current agent; nothing was sent.',
    });
  }
  // A variable of the pipeline could name any address, and the job's own token goes there.
  if (!isWithin(job.organization, address)) {
    const what = 'System.OidcRequestUri names an address outside the organization that runs this job.';
    throw new TaskError('host-untrusted', what, {
      remedy: 'Remove the variable of that name from the pipeline; nothing was sent.',
    });
  }
  const url = new URL(address);
  url.searchParams.set('api-version', '7.1');
  url.searchParams.set('serviceConnectionId', connection);
  const answer = await conversation.ask({
    method: 'POST',
    url: url.href,
    headers: requestHeaders(bearer(job.token), ''),
    body: '',
    doing: 'Asking for the identity token of the service connection',
    secrets: [job.token],
    again: 'any-fault',
  });
  return identityTokenOf(answer);
}

function identityTokenOf(answer: Answer): Secret {
  const value = answer.field('oidcToken');
  const token = new Secret(typeof value === 'string' ? value : '');
  if (answer.status === 200 && token.isPrintableWord(20, maxWebTokenLength)) return token;
  if (answer.asksToSignIn || (answer.status >= 400 && answer.status < 500)) {
    const text = answer.quote(answer.field('message'));
    const what = `Azure DevOps gave no identity token for the service connection: it answered ${answer.status}`;
    throw new TaskError('connection-invalid', `${what}${text && ` (${text})`}.`, {
      remedy: 'Check that the service connection exists and that this pipeline may use it.',
    });
  }
  throw new TaskError('response-malformed', `${answer.host} did not answer with an identity token.`);
}
