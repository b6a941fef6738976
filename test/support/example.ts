import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { azureDevOpsConnection, issuerConnection } from '../../dev/commands/emulated-connections';
import { type Emulator, startEmulator } from '../../dev/emulator';
import { fillParameters, type JobResult, runJob, type StageResult } from '../../dev/job-runner';
import { AgentFolder } from '../../dev/job-runner/job/agent-folder';
import { unpackedExtension } from './extension';
import { fastTime } from './fast-time';
import { findLeaks } from './leaks';
import { type Machine, startMachine } from './machine/machine';

export const examplesFolder = join(__dirname, '..', '..', 'examples');

export interface Step {
  task?: string;
  script?: string;
  powershell?: string;
  displayName?: string;
  inputs?: Record<string, string | number>;
  env?: Record<string, string>;
}

interface Job {
  steps: Step[];
  strategy?: { matrix: Record<string, Record<string, string>> };
}

interface Parameter {
  name: string;
  type: string;
  values?: string[];
}

interface Pipeline extends Partial<Job> {
  parameters?: Parameter[];
  variables?: Record<string, string>;
  jobs?: Job[];
}

export function exampleText(name: string): string {
  return readFileSync(join(examplesFolder, name), 'utf8');
}

function exampleParameters(name: string): Parameter[] {
  return (parse(exampleText(name)) as Pipeline).parameters ?? [];
}

/** Each set of parameters that leads to another pipeline: the defaults, and each other choice. */
export function exampleVariants(name: string): Record<string, string>[] {
  const choices = exampleParameters(name).flatMap((parameter) =>
    choicesOf(parameter).map((value) => ({ [parameter.name]: value })),
  );
  return [{}, ...choices];
}

function choicesOf({ type, values = [] }: Parameter): string[] {
  return type === 'boolean' ? ['true', 'false'] : values;
}

/** The pipeline of an example, with its parameters filled in. */
export function examplePipeline(name: string, parameters: Record<string, string> = {}): Pipeline {
  return fillParameters(parse(exampleText(name)), parameters) as Pipeline;
}

/** The one job of an example, with the variables of the pipeline. */
export function exampleJob(name: string, parameters = {}): Job & { variables: Record<string, string> } {
  const pipeline = examplePipeline(name, parameters);
  const job = pipeline.jobs?.[0] ?? pipeline;
  assert.ok(job.steps, `${name} has steps`);
  return { ...job, steps: job.steps, variables: pipeline.variables ?? {} };
}

export interface Surroundings {
  emulator: Emulator;
  machine: Machine;
}

let repository: string | undefined;

/** A repository with the scripts of the examples, where a user has them, which lasts as long as this process. */
function exampleRepository(): string {
  if (repository !== undefined) return repository;
  const folder = mkdtempSync(join(tmpdir(), 'repository-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(examplesFolder, 'scripts'), join(folder, 'examples', 'scripts'), { recursive: true });
  repository = folder;
  return folder;
}

export interface Run {
  /** Of the pipeline, in place of the defaults. */
  parameters?: Record<string, string>;
  /** In place of those that the file gives. */
  variables?: Record<string, string>;
  /** The source alias of a release's artifact, which is a repository with the scripts; default: a build, with sources. */
  artifact?: string;
  /** The pipeline, in place of the one in the file. */
  pipeline?: object;
  /** What is alive afterwards, by name; default: nothing. */
  alive?: string[];
  /** In place of the inputs that the file gives to the task that mints. */
  minting?: Record<string, string>;
}

/** Runs a test with services and a machine of its own. */
export async function withMachine(test: (surroundings: Surroundings) => Promise<void>): Promise<void> {
  const emulator = await startEmulator();
  const machine = await startMachine();
  try {
    await test({ emulator, machine });
  } finally {
    await emulator.close();
    await machine.close();
  }
}

/**
 * Runs the job of an example as it stands in the file; only tasks of others are left out. Checks what
 * has to hold for every example: no token is alive afterwards, and none stands where people or programs can read it.
 */
export async function runExample(name: string, { emulator, machine }: Surroundings, run: Run = {}): Promise<JobResult> {
  const { steps } = exampleJob(name, run.parameters);
  const onLine = machine.connect(emulator);
  const connections = [azureDevOpsConnection(emulator, 'agent-pools')];
  for (const issuer of new Set(steps.flatMap(({ inputs }) => inputs?.issuer ?? []))) {
    connections.push({ ...issuerConnection(emulator, String(issuer)), ...allowingAllScopes(emulator, String(issuer)) });
  }
  const agentFolder = join(machine.folder, 'job-agent');
  // A release downloads its artifact before its steps run, into a folder with the name of its alias.
  if (run.artifact) {
    cpSync(exampleRepository(), join(new AgentFolder(agentFolder).artifacts, run.artifact), { recursive: true });
  }
  const job = await runJob({
    pipeline: run.pipeline ?? runnable(name, run),
    ...(run.artifact ? { hostType: 'release' } : { repository: exampleRepository() }),
    tasksFolder: await unpackedExtension(),
    organizationUrl: emulator.organizationUrl,
    jobAccessToken: emulator.state.jobAccessToken,
    connections,
    variables: run.variables ?? {},
    processEnvironment: {
      ...fastTime(),
      PATH: machine.path,
      HOME: join(machine.folder, 'home'),
      TMPDIR: machine.folder,
    },
    agentFolder,
    onLine,
  });
  checkSecrecy(job, { emulator, machine });
  assert.deepEqual(
    emulator.activeTokens().map(({ displayName }) => displayName),
    run.alive ?? [],
  );
  return job;
}

/** The pipeline in the file as one job, without its matrix and without tasks of others. */
function runnable(name: string, { minting = {}, parameters }: Run): object {
  const stepsOf = ({ steps }: Job) =>
    steps
      .filter(({ task }) => !task || /^(AgentPoolToken|WaitForAgents|RevokeAgentPoolTokens)@/.test(task))
      .map((step) =>
        step.task?.startsWith('AgentPoolToken@') ? { ...step, inputs: { ...step.inputs, ...minting } } : step,
      );
  const pipeline = examplePipeline(name, parameters);
  if (!pipeline.jobs) return { ...pipeline, steps: stepsOf(exampleJob(name, parameters)) };
  const jobs = pipeline.jobs.map(({ strategy: _, ...job }) => ({ ...job, steps: stepsOf(job) }));
  return { ...pipeline, jobs };
}

function allowingAllScopes(emulator: Emulator, name: string) {
  const { data } = issuerConnection(emulator, name);
  return { data: { ...data, allowedScopes: 'agentPool,deploymentGroup,environment' } };
}

function checkSecrecy(job: JobResult, { emulator, machine }: Surroundings): void {
  const { pats, pools } = emulator.state;
  const tokens = pats.map(({ token }, index) => [`token ${index + 1}`, token]);
  // An agent may be gone by now, but what it said was there to be read.
  const introductions = emulator.requests.filter(({ operation }) => /\.(add|replace)$/.test(operation));
  const entra = emulator.requests.flatMap(({ headers }) => entraToken(headers.authorization));
  const secrets = Object.fromEntries([...tokens, ...entra.map((token, index) => [`Entra token ${index + 1}`, token])]);
  assert.ok(Object.keys(secrets).length > 0, 'the job had a token');
  const readable = {
    'the log': job.log.join('\n'),
    'what an agent said of itself, its capabilities too': JSON.stringify([
      pools.map(({ agents }) => agents),
      introductions.map(({ body }) => body),
    ]),
    'a command line or an environment': machine.record(),
    'the variables': JSON.stringify([job.variables, job.outputs]),
  };
  assert.deepEqual(findLeaks(secrets, { readable, rawLines: [] }), []);
}

/** A token of Entra that was used as a password. */
function entraToken(authorization = ''): string[] {
  const [, basic] = /^Basic (.+)$/.exec(authorization) ?? [];
  const password =
    Buffer.from(basic ?? '', 'base64')
      .toString()
      .split(':')[1] ?? '';
  return password.split('.').length === 3 ? [password] : [];
}

export function assertSucceeded(job: JobResult): void {
  assert.equal(job.result, 'Succeeded', job.log.slice(-40).join('\n'));
}

export function stageOf(job: JobResult, displayName: string): StageResult {
  return job.stages.find((stage) => stage.displayName === displayName) ?? assert.fail(`no step "${displayName}"`);
}

/** Names of the agents of a pool, with what they are doing. */
export function agentsOf({ state }: Emulator, pool: string): string[] {
  return state.pool(pool).agents.map(({ name, status }) => `${name} ${status}`);
}
