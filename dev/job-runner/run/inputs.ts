import { resolve } from 'node:path';
import { type Endpoint, findConnection } from '../commands/connections';
import { expandMacros } from '../commands/macros';
import type { Variables } from '../commands/variables';
import type { InputDefinition, TaskDefinition } from '../plan/task-definition';
import { JobRefused } from '../refusal';
import { expandValue } from './environment';

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

/**
 * What the service does with a step's inputs before the job is sent: aliases become names, and names of service
 * connections become ids. Unknown connections refuse the pipeline.
 */
export function resolveInputs(
  task: TaskDefinition,
  written: Record<string, string>,
  variables: Variables,
  connections: readonly Endpoint[],
  where: { job: string; step: string },
): StepInputs {
  const inputs: StepInputs = { values: new Map(), endpoints: [], undeclared: [] };
  for (const [name, value] of Object.entries(written)) {
    const input = findInput(task, name);
    if (input === undefined) {
      inputs.undeclared.push(name);
    }
    const key = input?.name ?? name;
    if (input === undefined || !isConnection(input) || value.trim() === '') {
      inputs.values.set(key, value);
      continue;
    }
    const references = expandMacros(value, (macro) => variables.get(macro)).split(',');
    const found = references.map((reference) =>
      findConnection(connections, reference.trim(), input.type, { ...where, input: name }),
    );
    inputs.endpoints.push(...found);
    inputs.values.set(key, found.map((endpoint) => endpoint.key).join(','));
  }
  const secureFile = task.inputs.find((input) => input.type.toLowerCase() === 'securefile');
  if (secureFile !== undefined && inputs.values.get(secureFile.name)) {
    throw new JobRefused(`Step ${where.step} input ${secureFile.name}: secure files are not supported by this runner.`);
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
  variables: Variables,
  processEnvironment: NodeJS.ProcessEnv,
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
