import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Emulator,
  type EmulatorOptions,
  type Fault,
  type PatRecord,
  type RequestRecord,
  startEmulator,
} from '../../dev/emulator';
import { type Connection, type JobOptions, type JobResult, runJob, type StageResult } from '../../dev/job-runner';
import { checkEveryJob, readFiles } from './every-job';
import { unpackedExtension } from './extension';
import { runAtOnce } from './settled';
import { issuerConnection, userToken } from './step-inputs';

export { accessTokenInputs, issuerConnection, userToken } from './step-inputs';

/** Its id. */
export const issuerId = '2d3e8a5f-7c2e-4d9b-8e62-4a2a1a4aab21';

const displayName = 'Mint';

export interface TaskRun {
  /** Inputs of the step; without `connectionType` the step uses the connection. */
  inputs?: Record<string, string>;
  /** More keys of the step. */
  step?: object;
  /** What differs from the working connection; an undefined field is left out. */
  connection?: {
    url?: string;
    data?: Record<string, string | undefined>;
    secrets?: Record<string, string | undefined>;
  };
  /** Connections that the job has beside it. */
  moreConnections?: Connection[];
  /** Misbehaviours of the services, in order. */
  faults?: Fault[];
  /** Called when the step has ended. */
  afterMain?: (emulator: Emulator) => void;
  /** Called with what the job left, while the services still answer. */
  afterJob?: (emulator: Emulator, job: JobResult) => Promise<void>;
  stepsBefore?: object[];
  stepsAfter?: object[];
  /** Keys of the job beside its steps. */
  jobKeys?: object;
  /** More secrets of this scenario, by what they are. */
  secrets?: Record<string, string>;
  options?: Partial<JobOptions>;
}

/** A run, or what makes one of the services that it finds and may prepare. */
export type Plan = TaskRun | ((emulator: Emulator) => TaskRun | Promise<TaskRun>);

export interface Outcome {
  job: JobResult;
  main: StageResult;
  post: StageResult;
  /** Operations of the requests that each part of the step made, in order. */
  mainRequests: string[];
  postRequests: string[];
  /** Every request of the job. */
  requests: RequestRecord[];
  /** Every token that was made. */
  made: PatRecord[];
  activeAfterMain: PatRecord[];
  activeAfterJob: PatRecord[];
  /** What is alive when everything has run, including what `afterJob` started. */
  activeAtEnd: PatRecord[];
}

/** A step of this task that uses the connection, unless its inputs say otherwise. */
export function mintStep(inputs: Record<string, string> = {}, keys: object = {}): object {
  const credential = inputs.connectionType === undefined && inputs.issuer === undefined;
  return { task: 'AgentPoolToken@1', inputs: { ...(credential && { issuer: issuerConnection }), ...inputs }, ...keys };
}

/** A step that fails, as any later step of a job may. */
export const failingStep = { bash: 'exit 1', displayName: 'Later' };

/** A later step that uses the token as a registering machine would, and prints the status it was answered. */
export function useToken(organizationUrl: string, variable = 'AGENT_POOL_TOKEN'): object {
  const url = `${organizationUrl}/_apis/distributedtask/pools?api-version=7.1`;
  const curl = "curl --config - --silent --output /dev/null --write-out 'pools answered %{http_code}\\n'";
  return {
    bash: `printf 'user = "PAT:%s"\\n' "$TOKEN" | ${curl} "$URL"`,
    env: { TOKEN: `$(${variable})`, URL: url },
    displayName: 'Use the token',
  };
}

/**
 * Runs one job with the packaged task against services of its own, and checks what has to hold for every job: no
 * secret leaks, no request is one that the services do not know, and every failure is one line that ends in its code.
 */
export async function runTask(plan: Plan = {}, services: EmulatorOptions = {}): Promise<Outcome> {
  const emulator = await startEmulator(services);
  const agentFolder = mkdtempSync(join(tmpdir(), 'scenario-'));
  try {
    return await runAgainst(emulator, agentFolder, await (typeof plan === 'function' ? plan(emulator) : plan));
  } finally {
    await emulator.close();
    // A disk may take its time, in which the other jobs of this process go on.
    await rm(agentFolder, { recursive: true, force: true });
  }
}

/** Runs many jobs, two at a time, and returns their outcomes under the same keys. */
export async function runTasks<Key extends string>(runs: Record<Key, Plan>): Promise<Record<Key, Outcome>> {
  const outcomes = {} as Record<Key, Outcome>;
  const tasks = Object.entries<Plan>(runs).map(([key, plan]) => async () => {
    try {
      outcomes[key as Key] = await runTask(plan);
    } catch (cause) {
      throw new Error(`"${key}": ${(cause as Error).message}`, { cause });
    }
  });
  await runAtOnce(2, tasks);
  return outcomes;
}

async function runAgainst(emulator: Emulator, agentFolder: string, run: TaskRun): Promise<Outcome> {
  const accessToken = emulator.userAccessToken();
  const jobAccessToken = randomBytes(40).toString('base64url');
  for (const fault of run.faults ?? []) emulator.plan(fault);

  const marks = { mainEnded: 0, postStarted: Number.POSITIVE_INFINITY };
  const { requests, state } = emulator;
  const temporaryFiles: Record<string, string> = {};
  let activeAfterMain: PatRecord[] = [];
  // A post-job's log begins and ends under the name of its step.
  const onLine = (line: string) => {
    if (line !== `##[section]Finishing: ${displayName}`) return;
    Object.assign(temporaryFiles, readFiles(join(agentFolder, '_work', '_temp')));
    if (marks.postStarted <= requests.length) return;
    marks.mainEnded = requests.length;
    activeAfterMain = emulator.activeTokens();
    run.afterMain?.(emulator);
  };
  const onCommand: JobOptions['onCommand'] = (command, stage) => {
    if (stage.name === 'mint' && stage.stage === 'post') {
      marks.postStarted = Math.min(marks.postStarted, requests.length);
    }
    return run.options?.onCommand?.(command, stage);
  };
  const step = mintStep(run.inputs, { name: 'mint', displayName, ...run.step });
  const steps = [...(run.stepsBefore ?? []), step, ...(run.stepsAfter ?? [])];
  const job = await runJob({
    pipeline: run.jobKeys ? { jobs: [{ job: 'A', ...run.jobKeys, steps }] } : { steps },
    tasksFolder: await unpackedExtension(),
    connections: [connectionTo(emulator, run.connection), ...(run.moreConnections ?? [])],
    organizationUrl: emulator.organizationUrl,
    jobAccessToken,
    debug: true,
    agentFolder,
    retryDelayMs: () => 0,
    cancelTimings: { sigintMs: 200, sigtermMs: 200 },
    ...run.options,
    secretVariables: { [userToken]: accessToken, ...run.options?.secretVariables },
    onCommand,
    onLine: (line) => {
      onLine(line);
      run.options?.onLine?.(line);
    },
  });
  const operations = (from: number, to: number) => requests.slice(from, to).map(({ operation }) => operation);
  const outcome: Outcome = {
    job,
    main: stageOf(job, displayName),
    get post() {
      return stageOf(job, `Post-job: ${displayName}`);
    },
    mainRequests: operations(0, marks.mainEnded),
    postRequests: operations(marks.postStarted, requests.length),
    requests: [...requests],
    made: [...state.pats],
    activeAfterMain,
    activeAfterJob: emulator.activeTokens(),
    activeAtEnd: [],
  };
  const secrets = { 'the user token': accessToken, 'the job token': jobAccessToken };
  checkEveryJob(outcome, emulator, {
    secrets: { ...secrets, ...run.options?.secretVariables, ...run.secrets },
    files: { ...temporaryFiles, ...readFiles(agentFolder) },
  });
  const { loseWorker, skipPostJob } = run.options ?? {};
  assert.ok(loseWorker?.aborted || skipPostJob || outcome.post);
  await run.afterJob?.(emulator, job);
  return Object.assign(outcome, { activeAtEnd: emulator.activeTokens() });
}

/** Runs the sweep as a scheduled pipeline would, once the service knows that the job has ended. */
export async function sweepAfter(emulator: Emulator, job: JobResult): Promise<void> {
  const variable = (name: string) => job.variables[name] ?? assert.fail(`the job has no variable ${name}`);
  emulator.state.addRun(Number(variable('Build.BuildId')), variable('System.TeamProjectId'), [
    { id: variable('System.JobId'), name: 'Job', state: 'completed' },
  ]);
  const sweep = await runSweep(emulator, { options: { variables: { 'Build.BuildId': '1' } } });
  assert.equal(sweep.result, 'Succeeded', sweep.log.join('\n'));
}

/** Runs one job that sweeps, with the connection unless its inputs say otherwise, and checks what holds for every job. */
export async function runSweep(emulator: Emulator, run: Pick<TaskRun, 'inputs' | 'options'> = {}): Promise<JobResult> {
  const accessToken = emulator.userAccessToken();
  const { jobAccessToken, pats } = emulator.state;
  const credential = run.inputs?.connectionType === undefined && { issuer: issuerConnection };
  const job = await runJob({
    pipeline: { steps: [{ task: 'RevokeAgentPoolTokens@1', inputs: { ...credential, ...run.inputs } }] },
    tasksFolder: await unpackedExtension(),
    connections: [connectionTo(emulator)],
    organizationUrl: emulator.organizationUrl,
    jobAccessToken,
    ...run.options,
    secretVariables: { [userToken]: accessToken },
  });
  const secrets = { 'the user token': accessToken, 'the job token': jobAccessToken };
  checkEveryJob({ job, requests: emulator.requests, made: pats }, emulator, { secrets, files: {} });
  return job;
}

function connectionTo(emulator: Emulator, differing: TaskRun['connection'] = {}): Connection {
  const { clientSecret, refreshToken, ...data } = emulator.issuer;
  return {
    name: issuerConnection,
    id: issuerId,
    type: 'AgentPoolTokenIssuer',
    url: differing.url ?? emulator.organizationUrl,
    data: defined({ ...data, ...differing.data }),
    authorization: { scheme: 'None', parameters: defined({ clientSecret, refreshToken, ...differing.secrets }) },
  };
}

function defined(fields: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined),
  );
}

function stageOf(job: JobResult, name: string): StageResult {
  const stage = job.stages.find((each) => each.displayName === name);
  assert.ok(stage, `there is no stage "${name}"`);
  return stage;
}
