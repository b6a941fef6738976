import type { AgentNetwork } from '../agent/network';
import type { Pipeline } from '../agent/pipeline';
import { readJobIdentity } from '../azure-devops/job';
import { probe } from '../azure-devops/pools';
import { messageOf, Problems } from '../errors';
import { Conversation } from '../http/conversation';
import type { Runtime } from '../http/runtime';
import { type AppIssuer, readAppIssuer } from '../sign-in/app';
import { connectionTypes, readAppInputs, readConnectionType, readUserInputs } from '../sign-in/connections';
import { signInApp } from '../sign-in/federation';
import { type Issuer, type Limits, readIssuer, readLimits, refuseOtherOrganization } from '../sign-in/user';
import { appGuarantee } from './guarantee';
import { type LendInputs, type MintInputs, readLendInputs, readMintInputs } from './inputs';
import { mintAndHandOver } from './mint-pat';

const budget = 120_000;

/** What is asked for: a personal access token by a user, or an Entra token by an application. */
type Request =
  | { kind: 'pat'; inputs: MintInputs; issuer: Issuer }
  | { kind: 'entra'; inputs: LendInputs; issuer: AppIssuer };

/**
 * The story of main: gets a token and hands it to the job as a secret variable. Ends the step itself, and throws
 * nothing.
 */
export async function mint(pipeline: Pipeline, open: (network: AgentNetwork) => Runtime): Promise<void> {
  let runtime: Runtime | undefined;
  try {
    const request = readRequest(pipeline);
    runtime = open(pipeline.network());
    const conversation = new Conversation(runtime, budget);
    runtime.onInterrupt(() => {
      pipeline.say('This step was cancelled: it asks for nothing more, and its post-job step revokes what was made.');
      conversation.stop();
    });
    if (request.kind === 'pat') await mintAndHandOver({ pipeline, runtime, conversation, ...request });
    else await lend(pipeline, conversation, request.inputs, request.issuer);
  } catch (error) {
    pipeline.fail(messageOf(error));
  } finally {
    runtime?.close();
  }
}

function readRequest(pipeline: Pipeline): Request {
  const type = readConnectionType(pipeline, new Problems());
  return type === 'azureDevOps' || type === 'azureRM' ? readAppRequest(type, pipeline) : readUserRequest(pipeline);
}

function readUserRequest(pipeline: Pipeline): Request {
  const problems = new Problems();
  const credential = readUserInputs(pipeline, problems, connectionTypes);
  const inputs = readMintInputs(pipeline, problems);
  const issuer = credential && readIssuer(credential, problems);
  const limits = credential && readLimits(credential, pipeline, problems);
  if (limits) checkLimits(inputs, limits, problems);
  if (issuer) refuseOtherOrganization(issuer, inputs.organization, problems);
  problems.throwIfAny();
  return { kind: 'pat', inputs, issuer: issuer as Issuer };
}

function readAppRequest(type: 'azureDevOps' | 'azureRM', pipeline: Pipeline): Request {
  const problems = new Problems();
  const credential = readAppInputs(type, pipeline, problems);
  const inputs = readLendInputs(pipeline, problems);
  const issuer = credential && readAppIssuer(credential, problems);
  problems.throwIfAny();
  return { kind: 'entra', inputs, issuer: issuer as AppIssuer };
}

function checkLimits({ scope, lifetimeMinutes }: MintInputs, limits: Limits, problems: Problems): void {
  if (!limits.allowedScopes.includes(scope)) {
    const allowed = limits.allowedScopes.join(', ');
    problems.add('limit-exceeded', `scope ${scope} is not among those that the service connection allows: ${allowed}.`);
  }
  const ceiling = limits.maxLifetimeMinutes;
  if (ceiling !== undefined && lifetimeMinutes > ceiling) {
    problems.add(
      'limit-exceeded',
      `lifetimeMinutes ${lifetimeMinutes} is more than the ${ceiling} minutes that the service connection allows.`,
    );
  }
}

/** Hands an application's own token to the job: it can be neither limited nor revoked, and no lease is left. */
async function lend(
  pipeline: Pipeline,
  conversation: Conversation,
  inputs: LendInputs,
  issuer: AppIssuer,
): Promise<void> {
  const identityTokenUrl = pipeline.variable('System.OidcRequestUri');
  const job = readJobIdentity(pipeline);
  const { token, expires, principal } = await signInApp(conversation, { issuer, job, identityTokenUrl }, (secret) =>
    pipeline.mask(secret),
  );
  await probe(conversation, issuer.organization, { token, kind: 'entra' }, inputs.pool);
  pipeline.setOutput('tokenId', '');
  pipeline.setOutput('expiresOn', new Date(expires).toISOString());
  pipeline.setOutput('tokenKind', 'entra');
  pipeline.publishSecret(inputs.variable, token);
  const facts = { organization: issuer.organization.name, expires, principal, variable: inputs.variable };
  for (const line of appGuarantee(facts)) pipeline.say(line);
}
