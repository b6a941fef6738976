import { delimiter } from 'node:path';
import type { Endpoint } from './connections';
import { expandMacros } from './macros';
import type { Variable, Variables } from './variables';

/** An environment variable's name for a variable, an input or a parameter: dots and spaces become underscores. */
export function environmentName(name: string, preserveCase = false): string {
  const formatted = name.replaceAll('.', '_').replaceAll(' ', '_');
  return preserveCase ? formatted : formatted.toUpperCase();
}

/** What a stage's process is given, besides the worker's own environment. */
export interface StageEnvironment {
  /** The worker's own environment, which every process inherits. */
  processEnvironment: NodeJS.ProcessEnv;
  stepEnvironment: Record<string, string>;
  inputs: ReadonlyMap<string, string>;
  endpoints: readonly Endpoint[];
  variables: Variables;
  taskVariables: Variables;
  prependPath: readonly string[];
  /** Whether variables win over inputs and connections. */
  variablesLast: boolean;
}

/**
 * The environment of a task's process, in the agent's order: later names win, and names differ by case. What the
 * agent writes, a step's `env:` cannot replace; where it writes nothing, `env:` can stand for it.
 */
export function taskEnvironment(stage: StageEnvironment): Record<string, string> {
  const base = inherited(stage);
  const variables = { ...publicVariables(stage.variables), ...secretVariables(stage.variables) };
  const ofStep = { ...inputVariables(stage.inputs), ...endpointVariables(stage.endpoints) };
  return {
    ...base,
    ...(stage.variablesLast ? { ...ofStep, ...variables } : { ...variables, ...ofStep }),
    ...taskVariables(stage.taskVariables),
    ...path(stage, base),
  };
}

/**
 * The environment of a script. The task behind it has read and removed inputs, secrets and authorizations before it
 * starts the shell.
 */
export function scriptEnvironment(stage: StageEnvironment): Record<string, string> {
  const { VSTS_PUBLIC_VARIABLES: _names, ...variables } = publicVariables(stage.variables);
  const urls = Object.entries(endpointVariables(stage.endpoints)).filter(([name]) => !name.startsWith('ENDPOINT_AUTH'));
  const base = inherited(stage);
  return { ...base, ...Object.fromEntries(urls), ...variables, ...path(stage, base) };
}

function inherited({ processEnvironment, stepEnvironment, variables }: StageEnvironment): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(processEnvironment)) {
    if (value !== undefined) {
      environment[name] = value;
    }
  }
  environment.TF_BUILD = 'True';
  for (const [name, value] of Object.entries(stepEnvironment)) {
    environment[name.trim()] = expandValue(value, variables, processEnvironment);
  }
  return environment;
}

/** Trims a value from the YAML and expands macros in it: first from variables, then from the worker's environment. */
export function expandValue(value: string, variables: Variables, processEnvironment: NodeJS.ProcessEnv): string {
  const expanded = expandMacros(value.trim(), (name) => variables.get(name));
  return expandMacros(expanded, (name) => processEnvironment[name]);
}

function inputVariables(inputs: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...inputs].map(([name, value]) => [`INPUT_${environmentName(name)}`, value]));
}

function endpointVariables(endpoints: readonly Endpoint[]): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const { key, url, scheme, parameters, data } of endpoints) {
    environment[`ENDPOINT_URL_${key}`] = url;
    environment[`ENDPOINT_AUTH_${key}`] = JSON.stringify({ parameters, scheme });
    environment[`ENDPOINT_AUTH_SCHEME_${key}`] = scheme;
    for (const [name, value] of Object.entries(parameters)) {
      environment[`ENDPOINT_AUTH_PARAMETER_${key}_${environmentName(name)}`] = value;
    }
    if (key !== 'SYSTEMVSSCONNECTION') {
      environment[`ENDPOINT_DATA_${key}`] = JSON.stringify(data);
      for (const [name, value] of Object.entries(data)) {
        environment[`ENDPOINT_DATA_${key}_${environmentName(name)}`] = value;
      }
    }
  }
  return environment;
}

function publicVariables(variables: Variables): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const { name, value, preserveCase } of variables.public()) {
    if (name.toLowerCase() === 'agent.jobstatus') {
      environment[name] = value;
    }
    environment[environmentName(name, preserveCase)] = value;
  }
  environment.VSTS_PUBLIC_VARIABLES = namesAsJson(variables.public());
  return environment;
}

function secretVariables(variables: Variables): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const { name, value, preserveCase } of variables.secret()) {
    environment[`SECRET_${environmentName(name, preserveCase)}`] = value;
  }
  environment.VSTS_SECRET_VARIABLES = namesAsJson(variables.secret());
  return environment;
}

function namesAsJson(variables: readonly Variable[]): string {
  return JSON.stringify(variables.map((variable) => variable.name));
}

function taskVariables(variables: Variables): Record<string, string> {
  return Object.fromEntries(
    variables
      .all()
      .map(({ name, value, preserveCase }) => [`VSTS_TASKVARIABLE_${environmentName(name, preserveCase)}`, value]),
  );
}

function path(stage: StageEnvironment, base: Record<string, string>): Record<string, string> {
  if (stage.prependPath.length === 0) {
    return {};
  }
  const name = process.platform === 'win32' ? 'Path' : 'PATH';
  const original = stage.variables.get('PATH') ?? base[name] ?? '';
  return { [name]: [...stage.prependPath.toReversed(), original].join(delimiter) };
}

/** The worker's own environment where none is given: enough to start programs, and nothing that a task could misread. */
export function minimalEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'Path', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'SHELL', 'TMPDIR'];
  const onWindows = ['SystemRoot', 'SystemDrive', 'ComSpec', 'PATHEXT', 'TEMP', 'TMP', 'USERPROFILE', 'OS'];
  const names = process.platform === 'win32' ? [...kept, ...onWindows] : kept;
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
