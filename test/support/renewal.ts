import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { azureDevOpsConnection } from '../../dev/commands/emulated-connections';
import { type Emulator, type Fault, type RequestRecord, type ServiceEndpoint, startEmulator } from '../../dev/emulator';
import { credentialOf } from '../../dev/emulator/service-endpoints/federation';
import { type Connection, type JobOptions, type JobResult, runJob, type StageResult } from '../../dev/job-runner';
import { checkEveryJob } from './every-job';
import { unpackedExtension } from './extension';

const extension = JSON.parse(readFileSync(join(__dirname, '..', '..', 'vss-extension.json'), 'utf8'));
const usualNames = { issuer: 'Pool issuer', writer: 'issuer-writer' };
const displayName = 'Renew the agent pool token issuer';
const day = 24 * 60 * 60_000;

/** A job that renews, before it runs. */
export interface Prepared {
  emulator: Emulator;
  endpoint: ServiceEndpoint;
}

export interface RenewalRun {
  inputs?: Record<string, string>;
  /** Default: with a client secret. */
  federated?: boolean;
  /** Signs in as an agent user; nothing is stored. */
  agentUser?: boolean;
  faults?: Fault[];
  /** Changes what is stored once it is known what the job is given of it. */
  prepare?: (prepared: Prepared) => void;
  options?: Partial<JobOptions>;
  /** A pipeline that renews, in place of a step with the inputs. */
  pipeline?: string;
  /** Names of the two connections, as the pipeline calls them. */
  names?: { issuer: string; writer: string };
}

export interface Renewed extends Prepared {
  job: JobResult;
  stage: StageResult;
  requests: RequestRecord[];
  /** What was stored before, and is now. */
  before: ServiceEndpoint;
  /** Whether Entra would take the refresh token that is stored. */
  works: boolean;
}

/** Runs one job with the packaged task, and checks what holds for every job. */
export async function runRenewal(run: RenewalRun = {}): Promise<Renewed> {
  const emulator = await startEmulator();
  try {
    return await renewAt(emulator, run);
  } finally {
    await emulator.close();
  }
}

async function renewAt(emulator: Emulator, run: RenewalRun): Promise<Renewed> {
  const { state } = emulator;
  const { names = usualNames } = run;
  const endpoint = storeIssuer(emulator, names.issuer, run);
  const writer = azureDevOpsConnection(emulator, names.writer);
  for (const identity of [state.collection.buildService, emulator.federated.principal]) {
    emulator.setEndpointRole(endpoint, identity, { collection: 'Administrator' });
  }
  const given = connectionOf(endpoint);
  run.prepare?.({ emulator, endpoint });
  const before = structuredClone(endpoint);
  for (const fault of run.faults ?? []) emulator.plan(fault);
  const inputs = { issuer: names.issuer, azureDevOpsServiceConnection: names.writer, ...run.inputs };
  const step = { task: 'RenewAgentPoolTokenIssuer@1', name: 'renew', displayName, inputs };
  const job = await runJob({
    pipeline: run.pipeline ?? { steps: [step] },
    tasksFolder: await unpackedExtension(),
    connections: [given, writer],
    organizationUrl: emulator.organizationUrl,
    jobAccessToken: state.jobAccessToken,
    debug: true,
    ...run.options,
  });
  const secrets = { 'the job token': state.jobAccessToken };
  checkEveryJob({ job, requests: emulator.requests, made: state.pats }, emulator, { secrets, files: {} });
  const stage = job.stages.find((each) => each.displayName === displayName);
  assert.ok(stage);
  return { emulator, endpoint, job, stage, requests: [...emulator.requests], before, works: works(emulator, endpoint) };
}

function storeIssuer(emulator: Emulator, name: string, { federated, agentUser }: RenewalRun): ServiceEndpoint {
  const { state } = emulator;
  const { clientSecret, refreshToken, ...data } = emulator.issuer;
  emulator.installExtension(extension);
  const ids = { agentIdentityId: randomUUID(), agentUserId: randomUUID() };
  const endpoint = emulator.addServiceEndpoint({
    name,
    type: 'AgentPoolTokenIssuer',
    scheme: federated || agentUser ? 'WorkloadIdentityFederation' : 'None',
    parameters: agentUser ? {} : { refreshToken, ...(!federated && { clientSecret }) },
    data: {
      ...data,
      maxLifetimeMinutes: '60',
      allowedScopes: 'agentPool',
      ...(agentUser && ids),
      refreshTokenStoredOn: new Date(state.clock.now() - 30 * day).toISOString(),
    },
  });
  const [application] = state.applications;
  if (application && federated) {
    delete application.clientSecret;
    application.federatedCredentials = [credentialOf(endpoint, state.project.id, state)];
  }
  return endpoint;
}

/** What a job is given of a connection. */
function connectionOf({ id, name, type, url, data, scheme, parameters }: ServiceEndpoint): Connection {
  const texts = (fields: Record<string, string | null>) =>
    Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, value ?? '']));
  return { name, id, type, url, data: texts(data), authorization: { scheme, parameters: texts(parameters) } };
}

function works({ state }: Emulator, { parameters }: ServiceEndpoint): boolean {
  const found = state.refreshTokens.find(({ value }) => value === parameters.refreshToken);
  return found !== undefined && !found.revoked && !found.replaced && found.expiresAt > state.clock.now();
}
