import assert from 'node:assert/strict';
import { type Fault, openServices, type PatRecord, type RequestRecord, type Services } from '../../dev/emulator';
import { mint } from '../../src/agent-pool-token/main';
import { revoke } from '../../src/agent-pool-token/post';
import { sweep } from '../../src/revoke-agent-pool-tokens/main';
import { runStep, type Story } from '../../src/step/run-step';
import mintManifest from '../../tasks/AgentPoolToken/AgentPoolTokenV1/task.json';
import sweepManifest from '../../tasks/RevokeAgentPoolTokens/RevokeAgentPoolTokensV1/task.json';
import { findLeaks, publications } from './leaks';
import { ask } from './services-in-process';
import { issuerConnection, userToken } from './step-inputs';
import { type ConnectionFields, type Event, FakePipeline, FakeRuntime } from './world';

export { accessTokenInputs, issuerConnection } from './step-inputs';

export interface TaskRun {
  /** Inputs of the step; without `connectionType` the step uses the connection. */
  inputs?: Record<string, string>;
  /** What differs from the working connection; an undefined field is left out. */
  connection?: {
    url?: string;
    scheme?: string;
    data?: Record<string, string | undefined>;
    secrets?: Record<string, string | undefined>;
  };
  /** Misbehaviours of the services, in order. */
  faults?: Fault[];
  /** Called when main and the steps after it have ended. */
  afterMain?: (services: Services) => void;
  /** Called when post has ended, while the services still answer. */
  afterJob?: (job: Job) => Promise<void>;
  /** More secrets of this job, by what they are. */
  secrets?: Record<string, string>;
  options?: {
    /** Of the job itself. */
    organizationUrl?: string;
    variables?: Record<string, string>;
    secretVariables?: Record<string, string>;
  };
}

/** A run, or what makes one of the services that it finds and may prepare. */
export type Plan = TaskRun | ((services: Services) => TaskRun);

/** How one stage of a task ended. */
export interface Stage {
  result: 'Succeeded' | 'SucceededWithIssues' | 'Failed';
  message?: string;
  issues: { type: 'warning' | 'error'; message: string }[];
  /** By the job's own clock. */
  milliseconds: number;
  outputs: Record<string, string>;
  /** What a person can read in the log. */
  log: string[];
  /** Every line that it wrote, as it wrote it. */
  rawLines: string[];
  requests: RequestRecord[];
}

export interface Outcome {
  main: Stage;
  post: Stage;
  outputs: Record<string, string>;
  job: {
    result: Stage['result'];
    /** Those that the step published. */
    secretVariables: Record<string, string>;
  };
  mainRequests: string[];
  postRequests: string[];
  requests: RequestRecord[];
  made: PatRecord[];
  activeAfterMain: PatRecord[];
  activeAfterJob: PatRecord[];
  activeAtEnd: PatRecord[];
}

/** Milliseconds between main and post: long enough that a "not found" cannot be a token that is too new to be found. */
const laterSteps = 60_000;

/** Runs main and then post against services of their own, in this process and in virtual time. */
export async function runTask(plan: Plan = {}): Promise<Outcome> {
  const runtime = new FakeRuntime();
  const services = openServices({ time: runtime.time });
  const run = typeof plan === 'function' ? plan(services) : plan;
  const job = new Job({ services, runtime, run, manifest: mintManifest });
  for (const fault of run.faults ?? []) services.plan(fault);
  const main = await job.stage(mint);
  const activeAfterMain = services.activeTokens();
  await runtime.time.sleep(laterSteps);
  run.afterMain?.(services);
  const post = await job.stage(revoke);
  const outcome: Outcome = {
    main,
    post,
    outputs: main.outputs,
    job: { result: worst(main.result, post.result), secretVariables: job.published },
    mainRequests: main.requests.map(({ operation }) => operation),
    postRequests: post.requests.map(({ operation }) => operation),
    requests: [...services.requests],
    made: [...services.state.pats],
    activeAfterMain,
    activeAfterJob: services.activeTokens(),
    activeAtEnd: [],
  };
  job.check();
  await run.afterJob?.(job);
  return { ...outcome, activeAtEnd: services.activeTokens() };
}

/** Runs many jobs, and returns their outcomes under the same keys. */
export async function runTasks<Key extends string>(runs: Record<Key, Plan>): Promise<Record<Key, Outcome>> {
  const outcomes = {} as Record<Key, Outcome>;
  for (const [key, plan] of Object.entries<Plan>(runs)) {
    try {
      outcomes[key as Key] = await runTask(plan);
    } catch (cause) {
      throw new Error(`"${key}": ${(cause as Error).message}`, { cause });
    }
  }
  return outcomes;
}

function worst(...results: Stage['result'][]): Stage['result'] {
  return (['Failed', 'SucceededWithIssues'] as const).find((result) => results.includes(result)) ?? 'Succeeded';
}

/** Runs one job that sweeps, with the connection unless its inputs say otherwise. */
export async function runSweep(
  { services, runtime }: Pick<Job, 'services' | 'runtime'>,
  run: Pick<TaskRun, 'inputs' | 'options'> = {},
): Promise<Stage> {
  const job = new Job({ services, runtime, run, manifest: sweepManifest });
  const stage = await job.stage(sweep);
  job.check();
  return stage;
}

/** Runs the sweep as a scheduled pipeline would, once the service knows that the job has ended. */
export async function sweepAfter(job: Job): Promise<void> {
  const variable = (name: string) => job.pipeline.variable(name) || assert.fail(`the job has no variable ${name}`);
  job.services.state.addRun(Number(variable('Build.BuildId')), variable('System.TeamProjectId'), [
    { id: variable('System.JobId'), name: 'Job', state: 'completed' },
  ]);
  const swept = await runSweep(job, { options: { variables: { 'Build.BuildId': '1' } } });
  assert.equal(swept.result, 'Succeeded', swept.log.join('\n'));
}

interface JobParts {
  services: Services;
  runtime: FakeRuntime;
  run: TaskRun;
  manifest: { inputs: { name: string; defaultValue?: string }[] };
}

/** Id of that connection. */
export const issuerId = 'aaaaaaaa-1111-2222-3333-444444444444';

/** One job with one step of ours, whose stages run one after another. */
export class Job {
  readonly services: Services;
  readonly runtime: FakeRuntime;
  readonly pipeline: FakePipeline;
  readonly #secrets: Record<string, string>;
  readonly #events: Event[] = [];

  constructor({ services, runtime, run, manifest }: JobParts) {
    this.services = services;
    this.runtime = runtime;
    this.pipeline = new FakePipeline();
    const accessToken = services.userAccessToken();
    this.#secrets = {
      'the user token': accessToken,
      'the job token': services.state.jobAccessToken,
      ...run.options?.secretVariables,
      ...run.secrets,
    };
    const defaults = manifest.inputs.map(({ name, defaultValue = '' }) => [name, defaultValue]);
    const credential = run.inputs?.connectionType === undefined && { issuer: issuerConnection };
    const given = { ...Object.fromEntries(defaults), ...credential, ...run.inputs };
    const known = new Map([
      [`$(${userToken})`, accessToken],
      [issuerConnection, issuerId],
      ...Object.entries(run.options?.secretVariables ?? {}).map(([name, value]): [string, string] => [
        `$(${name})`,
        value,
      ]),
    ]);
    this.pipeline.inputs = Object.fromEntries(
      Object.entries<string>(given).map(([name, value]) => [name, known.get(value) ?? value]),
    );
    const { organizationUrl = `${services.organizationUrl}/`, variables } = run.options ?? {};
    Object.assign(this.pipeline.variables, { 'System.CollectionUri': organizationUrl }, variables);
    this.pipeline.connections = {
      [issuerId]: connectionTo(services, run.connection),
      SYSTEMVSSCONNECTION: {
        url: organizationUrl,
        scheme: 'OAuth',
        secrets: { AccessToken: services.state.jobAccessToken },
      },
    };
    runtime.reply = (request) => ask(services, request, runtime.time);
  }

  /** Runs a story as a process of its own would, but for its memory. */
  async stage(story: Story): Promise<Stage> {
    const { pipeline, runtime, services } = this;
    const from = { events: pipeline.events.length, requests: services.requests.length, time: runtime.time.uptime() };
    await runStep({ pipeline, open: () => runtime }, story);
    const events = pipeline.events.slice(from.events);
    this.#events.push(...events);
    const textOf = (kind: Event['kind']) =>
      events.flatMap((event) => ('text' in event && event.kind === kind ? [event.text] : []))[0];
    const [failed, unwell] = [textOf('fail'), textOf('issues')];
    const message = failed ?? unwell;
    return {
      result: failed !== undefined ? 'Failed' : unwell !== undefined ? 'SucceededWithIssues' : 'Succeeded',
      ...(message !== undefined && { message }),
      issues: events.flatMap((event) => {
        if (event.kind === 'fail') return { type: 'error' as const, message: event.text };
        return event.kind === 'warn' || event.kind === 'issues'
          ? { type: 'warning' as const, message: event.text }
          : [];
      }),
      milliseconds: runtime.time.uptime() - from.time,
      outputs: Object.fromEntries(
        events.flatMap((event) => (event.kind === 'output' ? [[event.name, event.value]] : [])),
      ),
      log: events.flatMap((event) => ('text' in event ? [event.text] : [])),
      rawLines: events.flatMap(lineOf),
      requests: services.requests.slice(from.requests),
    };
  }

  get published(): Record<string, string> {
    return Object.fromEntries(
      this.#events.flatMap((event) => (event.kind === 'publish' ? [[event.name, event.value]] : [])),
    );
  }

  /** What has to hold for every job: known requests only, failures reported as they should be, and no secret anywhere. */
  check(): void {
    const { requests, state } = this.services;
    const unknown = requests.filter(({ operation, status }) => operation === 'unknown' || status === 501);
    assert.deepEqual(
      unknown.map(({ method, path }) => `${method} ${path}`),
      [],
    );
    for (const event of this.#events) {
      if (event.kind === 'fail') assert.match(event.text, /^[^\r\n]+[.!…] [^\r\n]+[.!] \([a-z-]+\)$/);
    }
    const rawLines = this.#events.flatMap(lineOf);
    const sent = requests.flatMap(({ headers }) => /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? []);
    const secrets = {
      ...this.#secrets,
      ...numbered(
        'refresh token',
        state.refreshTokens.map(({ value }) => value),
      ),
      ...numbered(
        'client secret',
        state.applications.flatMap(({ clientSecret }) => clientSecret ?? []),
      ),
      ...numbered('access token', sent),
      ...numbered(
        'token',
        state.pats.map(({ token }) => token),
      ),
    };
    const readable = {
      'what is said': this.#events.flatMap((event) => ('text' in event ? [event.text] : [])).join('\n'),
      'the output variables': JSON.stringify(this.#events.filter(({ kind }) => kind === 'output')),
      'the task variables': JSON.stringify(this.#events.filter(({ kind }) => kind === 'task-variable')),
      'the URL of a request': requests.map(({ path, query }) => path + JSON.stringify(query)).join('\n'),
    };
    assert.deepEqual(findLeaks(secrets, { readable, rawLines }), []);
    assert.ok(publications(rawLines) <= 1, 'the token is published once');
  }
}

function numbered(what: string, values: string[]): Record<string, string> {
  return Object.fromEntries(values.map((value, index) => [`${what} ${index + 1}`, value]));
}

/** An event as the line that the agent would read. */
function lineOf(event: Event): string[] {
  switch (event.kind) {
    case 'mask':
      return [`##vso[task.setsecret]${event.value}`];
    case 'publish':
      return [`##vso[task.setvariable variable=${event.name};issecret=true]${event.value}`];
    case 'output':
    case 'task-variable':
      return [`##vso[task.setvariable variable=${event.name};isoutput=true]${event.value}`];
    default:
      return 'text' in event ? [event.text] : [];
  }
}

function connectionTo(services: Services, differing: TaskRun['connection'] = {}): ConnectionFields {
  const { clientSecret, refreshToken, ...data } = services.issuer;
  return {
    url: differing.url ?? services.organizationUrl,
    ...(differing.scheme !== undefined && { scheme: differing.scheme }),
    data: defined({ ...data, ...differing.data }),
    secrets: defined({ clientSecret, refreshToken, ...differing.secrets }),
  };
}

function defined(fields: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined),
  );
}
