import { JobRefused } from '../refusal';
import { type Condition, parseCondition } from './conditions';
import { fillParameters } from './parameters';
import { parseSteps, type Step } from './pipeline-steps';
import { Mapping, readYaml } from './yaml-mapping';

export interface PipelineVariable {
  name: string;
  value: string;
  readOnly: boolean;
}

/** The one job of a pipeline file. */
export interface PipelineJob {
  stageName: string;
  name: string;
  displayName: string;
  /** 0 is no limit. */
  timeoutInMinutes: number;
  cancelTimeoutInMinutes: number;
  /** Of the stage and of the job: it runs where all of them hold. */
  conditions: Condition[];
  variables: PipelineVariable[];
  steps: Step[];
  /** What the file says of when and where it runs, which is passed over here: keys of its root. */
  passedOver: string[];
}

/** Keys that say when, where and under which title a pipeline runs: without meaning here. */
const ignoredAtRoot = ['name', 'trigger', 'pr', 'schedules', 'pool'];

/**
 * Reads the one job of a pipeline; refuses by name and path what this runner does not support.
 * @param parameters values in place of the defaults of the pipeline's parameters.
 */
export function parsePipeline(pipeline: string | object, parameters: Record<string, string> = {}): PipelineJob {
  const content = typeof pipeline === 'string' ? readYaml(pipeline) : pipeline;
  const root = new Mapping(fillParameters(content, parameters), '');
  const passedOver = ignoredAtRoot.filter((key) => root.has(key));
  root.ignore(...ignoredAtRoot);
  const variables = parseVariables(root);
  const job = parseContent(root);
  root.done();
  return { ...job, variables: [...variables, ...job.variables], passedOver };
}

type Content = Omit<PipelineJob, 'passedOver'>;

function parseContent(root: Mapping): Content {
  const stages = root.list('stages');
  if (stages !== undefined) {
    return parseStage(new Mapping(only(stages, 'stages'), 'stages[0]'));
  }
  const jobs = root.list('jobs');
  if (jobs !== undefined) {
    return parseJob(new Mapping(only(jobs, 'jobs'), 'jobs[0]'), '__default');
  }
  const steps = root.list('steps');
  if (steps === undefined) {
    const [key] = root.keys();
    throw new JobRefused(
      key === undefined
        ? 'The pipeline has neither steps, jobs nor stages.'
        : `${key}: the key '${key}' is not supported by this runner.`,
    );
  }
  return {
    stageName: '__default',
    name: 'Job',
    displayName: 'Job',
    timeoutInMinutes: 0,
    cancelTimeoutInMinutes: 5,
    conditions: [],
    variables: [],
    steps: parseSteps(steps, 'steps'),
  };
}

function only(values: unknown[], path: string): unknown {
  if (values.length !== 1) {
    throw new JobRefused(`${path}: this runner runs exactly one job; here are ${values.length}.`);
  }
  return values[0];
}

function parseStage(stage: Mapping): Content {
  const name = stage.text('stage') || '__default';
  stage.ignore('displayName', 'pool');
  const condition = parseCondition(stage.text('condition'), stage.pathOf('condition'));
  const variables = parseVariables(stage);
  const path = stage.pathOf('jobs');
  const job = parseJob(new Mapping(only(stage.list('jobs') ?? [], path), `${path}[0]`), name);
  stage.done();
  return { ...job, conditions: [condition, ...job.conditions], variables: [...variables, ...job.variables] };
}

function parseJob(job: Mapping, stageName: string): Content {
  if (!job.has('job')) {
    const [key] = job.keys();
    throw new JobRefused(`${job.path}: expected 'job:', found '${key}'.`);
  }
  job.ignore('pool');
  const name = job.text('job') || 'Job';
  const parsed: Content = {
    stageName,
    name,
    displayName: job.text('displayName') || name,
    timeoutInMinutes: job.number('timeoutInMinutes', 0),
    cancelTimeoutInMinutes: job.number('cancelTimeoutInMinutes', 5),
    conditions: [parseCondition(job.text('condition'), job.pathOf('condition'))],
    variables: parseVariables(job),
    steps: parseSteps(job.list('steps') ?? [], job.pathOf('steps')),
  };
  job.done();
  return parsed;
}

function parseVariables(owner: Mapping): PipelineVariable[] {
  const path = owner.pathOf('variables');
  const value = owner.take('variables');
  if (value === undefined) {
    return [];
  }
  const variables = Array.isArray(value)
    ? value.map((entry, index) => parseVariable(new Mapping(entry, `${path}[${index}]`)))
    : parseVariableMap(new Mapping(value, path));
  const runtime = variables.find((variable) => variable.value.startsWith('$['));
  if (runtime !== undefined) {
    throw new JobRefused(`${path}: '${runtime.name}' is a runtime expression $[ … ], which is not supported.`);
  }
  return variables;
}

function parseVariable(entry: Mapping): PipelineVariable {
  const name = entry.text('name');
  const variable = { name: name ?? '', value: entry.text('value') ?? '', readOnly: entry.flag('readonly', false) };
  entry.done();
  if (name === undefined || name === '') {
    throw new JobRefused(`${entry.path}: a variable needs a name.`);
  }
  return variable;
}

function parseVariableMap(mapping: Mapping): PipelineVariable[] {
  return mapping.keys().map((name) => ({ name, value: mapping.text(name) ?? '', readOnly: false }));
}
