import { resolve } from 'node:path';
import type { TaskStep } from '../plan/pipeline-steps';
import type { InputDefinition, TaskDefinition } from '../plan/task-definition';
import { JobRefused } from '../refusal';
import { type Endpoint, findConnection } from './connections';
import { expandValue } from './environment';
import { expandMacros } from './macros';
import type { Variables } from './variables';

function isConnection(input: InputDefinition): boolean {
  return input.type.toLowerCase().startsWith('connectedservice:');
}

/** The inputs of a step under their declared names, and the connections that they refer to. */
export interface StepInputs {
  values: Map<string, string>;
  /** No other connection is given to the step's processes. */
  endpoints: Endpoint[];
  /** Names that the task.json does not declare; the agent passes them on. */
  undeclared: string[];
}

/** What the inputs of a job's steps are resolved against. */
export interface InputSources {
  job: string;
  variables: Variables;
  connections: readonly Endpoint[];
}

/**
 * What the service does with a step's inputs before the job is sent: aliases become names, and names of service
 * connections become ids. Refuses the pipeline over unknown connections and over secure files.
 */
export function resolveInputs(task: TaskDefinition, step: TaskStep, sources: InputSources): StepInputs {
  const inputs: StepInputs = { values: new Map(), endpoints: [], undeclared: [] };
  for (const [name, value] of Object.entries(step.inputs)) {
    const input = findInput(task, name);
    if (input === undefined) {
      inputs.undeclared.push(name);
    }
    if (input === undefined || !isConnection(input) || value.trim() === '') {
      inputs.values.set(input?.name ?? name, value);
      continue;
    }
    const references = expandMacros(value, (macro) => sources.variables.get(macro)).split(',');
    const place = { job: sources.job, step: step.name, input: name, inputType: input.type };
    const found = references.map((reference) =>
      findConnection(sources.connections, { reference: reference.trim(), ...place }),
    );
    inputs.endpoints.push(...found);
    inputs.values.set(input.name, found.map((endpoint) => endpoint.key).join(','));
  }
  const secureFile = task.inputs.find(
    (input) => input.type.toLowerCase() === 'securefile' && inputs.values.get(input.name),
  );
  if (secureFile !== undefined) {
    throw new JobRefused(`Step ${step.name} input ${secureFile.name}: secure files are not supported by this runner.`);
  }
  return inputs;
}

/** A name or an alias, in any case; a declared name goes before an alias. */
function findInput(task: TaskDefinition, name: string): InputDefinition | undefined {
  const wanted = name.trim().toLowerCase();
  return (
    task.inputs.find((input) => input.name.toLowerCase() === wanted) ??
    task.inputs.find((input) => input.aliases.some((alias) => alias.toLowerCase() === wanted))
  );
}

/** Evaluates the inputs of one stage from the variables as they are now. */
export function evaluateInputs(
  task: TaskDefinition,
  written: ReadonlyMap<string, string>,
  { variables, processEnvironment }: { variables: Variables; processEnvironment: NodeJS.ProcessEnv },
): Map<string, string> {
  const values = new Map(task.inputs.map((input) => [input.name, input.defaultValue]));
  for (const [name, value] of written) {
    values.set(name, value);
  }
  for (const [name, value] of values) {
    values.set(name, expandValue(value, variables, processEnvironment));
  }
  const sources = variables.get('Build.SourcesDirectory') ?? variables.get('System.DefaultWorkingDirectory') ?? '.';
  for (const input of task.inputs.filter(({ type }) => type.toLowerCase() === 'filepath')) {
    values.set(input.name, resolve(sources, values.get(input.name) ?? ''));
  }
  return values;
}
