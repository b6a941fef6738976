import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HandlerName, StageName } from '../options';
import { JobRefused } from '../refusal';
import { isKnownPattern, type Restriction } from './restrictions';

export interface InputDefinition {
  name: string;
  type: string;
  defaultValue: string;
  aliases: string[];
}

/** What a stage of a task starts. */
export interface HandlerData {
  target: string;
  workingDirectory: string;
}

type Handlers = Partial<Record<HandlerName, HandlerData>>;

/** A task.json, as far as it matters for a run. */
export interface TaskDefinition {
  folder: string;
  id: string;
  name: string;
  friendlyName: string;
  description: string;
  author: string;
  help: string;
  version: string;
  inputs: InputDefinition[];
  outputVariables: string[];
  restriction: Restriction;
  minimumAgentVersion: string;
  /** A stage that the task.json does not declare is absent; one without a usable handler is empty. */
  stages: Partial<Record<StageName, Handlers>>;
}

type Json = Record<string, unknown>;

const stageKeys: Record<StageName, string> = {
  prejob: 'prejobexecution',
  main: 'execution',
  post: 'postjobexecution',
};

/** The agent's priority among the handlers that this runner can start. */
const supportedHandlers: readonly HandlerName[] = ['Node24', 'Node20_1'];

/** Handlers that a real agent knows and this runner does not; other keys are dropped silently, as the agent does. */
const unsupportedHandlers =
  /^(AgentPlugin|AzurePowerShell|Node|Node10|Node16|PowerShell|PowerShell3|PowerShellExe|Process)$/i;

/** Finds a task by its reference in the YAML. */
export function findTask(tasksFolder: string, reference: string): TaskDefinition {
  const at = reference.lastIndexOf('@');
  const version = reference.slice(at + 1);
  const segments = reference.slice(0, at).split('.');
  const name = segments[segments.length - 1] ?? '';
  const files = taskFiles(join(tasksFolder, 'tasks'));
  const all = files.map((file) => ({ folder: join(file, '..'), json: readJson(file) }));
  const found = all.filter(
    ({ json }) =>
      [json.name, json.id].some((known) => String(known).toLowerCase() === name.toLowerCase()) &&
      `${versionOf(json)}.`.startsWith(`${version}.`),
  );
  const [task] = found;
  if (task === undefined) {
    const known = all.map(({ json }) => `${json.name}@${versionOf(json).split('.')[0]}`).join(', ') || 'none';
    throw new JobRefused(
      `A task is missing. The pipeline references a task called '${reference.slice(0, at)}' at version '${version}'; ` +
        `the folder ${tasksFolder} holds: ${known}.`,
    );
  }
  if (segments.length > 1) {
    checkContribution(tasksFolder, segments);
  }
  return readDefinition(task.folder, task.json);
}

function taskFiles(folder: string): string[] {
  if (!existsSync(folder)) {
    throw new JobRefused(`There is no folder ${folder}: expected an unpacked extension.`);
  }
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return paths
    .filter((path) => /^[^\\/]+[\\/]([^\\/]+[\\/])?task\.json$/.test(path))
    .sort()
    .map((path) => join(folder, path));
}

function readJson(file: string): Json {
  return JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, '')) as Json;
}

/** The long form of a reference names the contribution; an unpacked package shows whether it exists. */
function checkContribution(tasksFolder: string, segments: readonly string[]): void {
  const file = join(tasksFolder, 'extension.vsomanifest');
  if (!existsSync(file)) {
    return;
  }
  const contributions = (readJson(file).contributions ?? []) as { id?: string }[];
  if (!contributions.some(({ id }) => id === segments[2])) {
    throw new JobRefused(`The extension has no contribution '${segments[2]}', which '${segments.join('.')}' names.`);
  }
}

function versionOf(json: Json): string {
  const { Major, Minor, Patch } = (json.version ?? {}) as Json;
  return `${Major}.${Minor}.${Patch}`;
}

function readDefinition(folder: string, json: Json): TaskDefinition {
  const name = String(json.name);
  const inputs = ((json.inputs ?? []) as Json[]).map(
    (input): InputDefinition => ({
      name: String(input.name).trim(),
      type: String(input.type ?? 'string'),
      defaultValue: String(input.defaultValue ?? '').trim(),
      aliases: (input.aliases ?? []) as string[],
    }),
  );
  const stages: TaskDefinition['stages'] = {};
  for (const stage of Object.keys(stageKeys) as StageName[]) {
    const key = Object.keys(json).find((each) => each.toLowerCase() === stageKeys[stage]);
    if (key !== undefined) {
      stages[stage] = readHandlers(name, key, json[key] as Json);
    }
  }
  return {
    folder,
    id: String(json.id).toLowerCase(),
    name,
    friendlyName: String(json.friendlyName ?? name),
    description: String(json.description ?? ''),
    author: String(json.author ?? ''),
    help: String(json.helpUrl ?? json.helpMarkDown ?? ''),
    version: versionOf(json),
    inputs,
    outputVariables: ((json.outputVariables ?? []) as Json[]).map((variable) => String(variable.name)),
    restriction: readRestriction(name, (json.restrictions ?? {}) as Json),
    minimumAgentVersion: String(json.minimumAgentVersion ?? '0'),
    stages,
  };
}

/**
 * Takes the handlers that this runner can start. `argumentFormat` means nothing to a Node handler; `platforms` puts an
 * entry first on Windows and means nothing elsewhere, where the agent drops the handlers of Windows.
 */
function readHandlers(task: string, stage: string, json: Json): Handlers {
  const entries = Object.entries(json as Record<string, Json>);
  const known = entries.flatMap(([key, data]): [HandlerName, HandlerData][] => {
    const name = supportedHandlers.find((each) => each.toLowerCase() === key.toLowerCase());
    const { target, workingDirectory } = data;
    const handler = { target: String(target ?? ''), workingDirectory: String(workingDirectory ?? '') };
    return name === undefined ? [] : [[name, handler]];
  });
  const others = entries.filter(([key]) => unsupportedHandlers.test(key));
  const [refused] = known.length === 0 ? others : others.filter(([, data]) => isPreferredHere(data));
  if (refused !== undefined) {
    throw new JobRefused(`Task '${task}': the handler '${refused[0]}' in ${stage} is not supported by this runner.`);
  }
  return Object.fromEntries(known);
}

function isPreferredHere({ platforms }: Json): boolean {
  const names = Array.isArray(platforms) ? platforms : [];
  return process.platform === 'win32' && names.some((name) => String(name).toLowerCase() === 'windows');
}

function readRestriction(task: string, json: Json): Restriction {
  const commands = (json.commands ?? {}) as Json;
  const { allowed } = (json.settableVariables ?? {}) as { allowed?: string[] };
  const unknown = allowed?.find((pattern) => !isKnownPattern(pattern));
  if (unknown !== undefined) {
    throw new JobRefused(`Task '${task}': the settableVariables pattern '${unknown}' is not supported by this runner.`);
  }
  return {
    restricted: String(commands.mode ?? 'any').toLowerCase() === 'restricted',
    ...(allowed === undefined ? {} : { settableVariables: allowed }),
  };
}

/** Takes the handler of a stage, by the agent's priority unless one is asked for. */
export function chooseHandler(handlers: Handlers, wanted: HandlerName | undefined): HandlerData | undefined {
  const name = wanted ?? supportedHandlers.find((each) => handlers[each] !== undefined);
  return name === undefined ? undefined : handlers[name];
}
