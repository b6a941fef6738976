import type { Pipeline } from '../agent/pipeline';
import { ServiceConnections } from '../azure-devops/connections/service-connections';
import { readJobIdentity } from '../azure-devops/job';
import { TaskError } from '../errors';
import { EntraSignIn } from '../sign-in/entra-sign-in';
import { issuerWarnings, storedFor } from '../sign-in/issuer-notes';
import { InputReader } from '../step/input-reader';
import type { Online, Step } from '../step/run-step';
import { day } from '../time';
import { examine, type Renewable } from './examination';
import { readRenewal } from './inputs';
import type { RenewalResult } from './renewing';
import { replaceToken } from './replacement';
import { expiryOf, storedOnOf } from './stored-on';

/** Milliseconds until there is a new token; writing that has more. */
const budget = 120_000;
const jobWriterWarning =
  'The identity of this job writes the service connection: every pipeline of the project that runs as this identity can rewrite the connection. The writer azureDevOps limits that to the pipelines that may use another connection.';

/** The story of RenewAgentPoolTokenIssuer: replaces the refresh token of an issuer by a new one. */
export async function renew(step: Step): Promise<void> {
  const { pipeline } = step;
  const request = readRenewal(new InputReader(pipeline));
  const result: RenewalResult = { renewed: false, expiresOn: '' };
  try {
    const { credential } = request;
    if (credential.kind === 'refreshToken') await renewStored(step, { ...request, credential }, result);
    else pipeline.say('There is nothing to renew: an agent user signs in, and nothing is stored for it.');
  } catch (error) {
    if (!(error instanceof TaskError) || error.code !== 'cancelled') throw error;
    throw new TaskError('cancelled', error.what, { remedy: 'Run the step again; nothing was changed.' });
  } finally {
    pipeline.setOutput('renewed', String(result.renewed));
    pipeline.setOutput('expiresOn', result.expiresOn);
  }
}

async function renewStored({ pipeline, goOnline }: Step, request: Renewable, result: RenewalResult): Promise<void> {
  // As soon as a new token may be on its way, only writing it is sure to keep the connection alive.
  let mustFinish = false;
  const online = goOnline({
    budget,
    onCancel: (cancelled) => {
      if (!mustFinish) return cancelled.stop();
      pipeline.say('This step was cancelled: it still writes the new refresh token, so that none is lost.');
    },
  });
  const { conversation } = online;
  const end = conversation.monotonic() + budget;
  introduce(pipeline, request, conversation.now());
  const signIn = new EntraSignIn(conversation, pipeline);
  const connections = await connectionsOf(online, signIn, request);
  const before = await examine(connections, request);
  const storedOn = storedOnOf(before);
  result.expiresOn = expiryOf(storedOn);
  const age = storedOn === undefined ? Number.NaN : conversation.serverNow() - storedOn;
  // A time that is yet to come is no age: waiting for it could take longer than the token lives.
  if (request.olderThanDays > 0 && age > -day && age < request.olderThanDays * day) {
    const days = Math.max(0, Math.floor(age / day));
    const line = `Nothing to do: the refresh token was stored ${days} days ago, and is renewed from day ${request.olderThanDays} on.`;
    return pipeline.say(line);
  }
  mustFinish = true;
  await replaceToken({ ...online, end, signIn, connections, request, before, result });
}

function introduce(pipeline: Pipeline, { credential, writer }: Renewable, now: number): void {
  // How old the token is, this step sees to itself.
  const { storedOn: _, ...ageless } = credential;
  for (const warning of issuerWarnings(ageless, now)) pipeline.warn(warning);
  if (writer === 'job') pipeline.warn(jobWriterWarning);
  const stored = storedFor(credential);
  if (stored !== undefined) pipeline.say(stored);
}

/** The connections of the organization that runs this job, as the writer. The job's own token goes nowhere else. */
async function connectionsOf(
  { pipeline, conversation }: Online,
  signIn: EntraSignIn,
  { writer }: Renewable,
): Promise<ServiceConnections> {
  if (writer !== 'job') {
    const { token } = await signIn.app(writer);
    return new ServiceConnections(conversation, writer.organization, token);
  }
  const job = readJobIdentity(pipeline);
  if (job) return new ServiceConnections(conversation, job.organization, job.token);
  throw new TaskError('renewal-refused', 'This job has no token of its own with which it could write.', {
    remedy: 'Use the writer azureDevOps in Azure DevOps Services; nothing was changed.',
  });
}
