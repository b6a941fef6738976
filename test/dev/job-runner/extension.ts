import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type JobOptions, type JobResult, runJob } from '../../../dev/job-runner';

/** A task of an extension that is made up for a test. */
export interface FixtureTask {
  name: string;
  /** More of the task.json. */
  json?: object;
  /** JavaScript of each stage; a task without any is not started. */
  prejob?: string;
  main?: string;
  post?: string;
}

const folders: string[] = [];

/** A fresh temporary folder, removed by `removeFolders`. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'job-runner-test-'));
  folders.push(folder);
  return folder;
}

export function removeFolders(): void {
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
  return runJob({ pipeline: { steps }, tasksFolder, ...options });
}

/** JavaScript that prints these lines. */
export function printing(...lines: string[]): string {
  return lines.map((line) => `console.log(${JSON.stringify(line)});`).join('\n');
}

/** JavaScript that prints these environment variables as one line of JSON behind a prefix. */
export const dumpEnvironment = "console.log('ENV ' + JSON.stringify(process.env));";

/** What `dumpEnvironment` printed in a stage. */
export function dumpedEnvironment(rawLines: readonly string[]): Record<string, string> {
  const line = rawLines.find((each) => each.startsWith('ENV '));
  return JSON.parse(line?.slice(4) ?? '{}') as Record<string, string>;
}
