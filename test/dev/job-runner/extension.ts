import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type JobOptions, type JobResult, runJob } from '../../../dev/job-runner';

/** A task of an extension that is made up for a test. */
export interface FixtureTask {
  name: string;
  /** More of the task.json. */
  json?: object;
  /** JavaScript or `shellScript` of each stage; a task without any is not started. */
  prejob?: string;
  main?: string;
  post?: string;
}

const folders: string[] = [];
let nodeOrShell: string | undefined;

const shebang = '#!/usr/bin/env bash\n';

/** A stage for a shell, which starts in a tenth of the time that Node takes. */
export function shellScript(text: string): string {
  return `${shebang}${text}\n`;
}

/**
 * A program that the runner takes for the agent's Node. It runs a stage for a shell itself, as it does an empty one, and
 * leaves each other to Node: what a process is given, and what its lines do, is the same by whatever program it is.
 */
export function stageProgram(): string {
  if (nodeOrShell === undefined) {
    nodeOrShell = join(temporaryFolder(), 'node');
    const program = `${shebang}
      [ "$1" = --version ] && { echo ${process.version}; exit; }
      [ -s "$1" ] || exit 0
      read -r first <"$1"
      case $first in '#!'*) . "$1" ;; *) exec '${process.execPath}' "$@" ;; esac`;
    writeFileSync(nodeOrShell, program, { mode: 0o755 });
  }
  return nodeOrShell;
}

/** A fresh temporary folder, removed by `removeFolders`. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'job-runner-test-'));
  folders.push(folder);
  return folder;
}

export function removeFolders(): void {
  nodeOrShell = undefined;
  for (const folder of folders.splice(0)) {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes an unpacked extension that holds these tasks. */
export function writeExtension(...tasks: FixtureTask[]): string {
  const folder = temporaryFolder();
  for (const task of tasks) {
    writeTask(folder, task);
  }
  return folder;
}

function writeTask(folder: string, { name, json, prejob, main, post }: FixtureTask): void {
  const file = join(folder, 'tasks', name, `${name}V1`, 'task.json');
  mkdirSync(dirname(file), { recursive: true });
  const stages = { prejobexecution: prejob, execution: main, postjobexecution: post };
  const handlers = Object.entries(stages).flatMap(([stage, script]) => {
    if (script === undefined) {
      return [];
    }
    const target = `${stage}.js`;
    writeFileSync(join(dirname(file), target), script);
    return [[stage, { Node20_1: { target }, Node24: { target } }]];
  });
  const definition = {
    id: '0f9d1b3e-53a1-4c7f-9d0e-2b1c3d4e5f60',
    name,
    friendlyName: `${name} task`,
    version: { Major: 1, Minor: 2, Patch: 3 },
    inputs: [],
    ...Object.fromEntries(handlers),
    ...json,
  };
  writeFileSync(file, JSON.stringify(definition));
}

/** Runs steps with the tasks of one extension. */
export function runSteps(
  tasksFolder: string,
  steps: readonly object[],
  options: Partial<JobOptions> = {},
): Promise<JobResult> {
  return runJob({ pipeline: { steps }, tasksFolder, node: stageProgram(), ...options });
}

/** A stage that prints these lines. */
export function printing(...lines: string[]): string {
  return shellScript(`cat <<'END OF LINES'\n${lines.join('\n')}\nEND OF LINES`);
}

/** A stage that prints its environment. */
export const dumpEnvironment = shellScript("echo 'ENVIRONMENT BEGINS'; env; echo 'ENVIRONMENT ENDS'");

/** What `dumpEnvironment` printed in a stage. */
export function dumpedEnvironment(rawLines: readonly string[]): Record<string, string> {
  const [start, end] = [rawLines.indexOf('ENVIRONMENT BEGINS'), rawLines.indexOf('ENVIRONMENT ENDS')];
  const variables = rawLines.slice(start + 1, end).map((line) => line.split(/=(.*)/s, 2));
  return Object.fromEntries(variables) as Record<string, string>;
}
