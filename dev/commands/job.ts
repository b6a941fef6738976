/**
 * `npm run job -- FILE.yml`: runs the steps of a pipeline on this machine with the packaged tasks, against the
 * emulator or, with `--connections FILE.json`, against a real organization.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { runCommand, typedPath, UsageError } from '../../scripts/command-line';
import { type JobOptions, JobRefused, type JobResult, parsePipeline, runJob } from '../job-runner';
import { readConnectionsFile } from '../job-runner/plan/connections-file';
import { newestPackage, unpackPackage } from '../job-runner/plan/package-file';
import { dist } from './folders';
import { emulated, type Surroundings } from './surroundings/emulated-surroundings';
import { noticesOf } from './surroundings/notices';

const help = `npm run job -- FILE.yml [options]

Runs the steps of a pipeline on this machine, with the packaged tasks. Their scripts really run: they can do all that
the person can who starts this command.

  --connections FILE.json   service connections of a real organization, or of an emulator that runs already;
                            without it an emulator is started, and every connection is emulated
  --tasks FOLDER            an unpacked extension; default: the newest package in dist
  --node PATH               the Node binary that runs the tasks
  --variable NAME=VALUE     a job variable; may be given more than once
  --parameter NAME=VALUE    a parameter of the pipeline; may be given more than once
  --debug                   sets System.Debug

The exit code is 0 if the job succeeded, 1 if it failed, 2 if it could not be run.`;

const options = {
  connections: { type: 'string' },
  tasks: { type: 'string' },
  node: { type: 'string' },
  variable: { type: 'string', multiple: true },
  parameter: { type: 'string', multiple: true },
  debug: { type: 'boolean', default: false },
} as const;

interface Given {
  connections?: string | undefined;
  tasks?: string | undefined;
  node?: string | undefined;
  variable?: string[] | undefined;
  parameter?: string[] | undefined;
  debug: boolean;
}

void runCommand({
  help,
  options,
  takes: { count: 1, what: 'exactly one pipeline file' },
  run: async (given, [file = '']) => {
    const variables = readPairs('--variable', given.variable);
    const parameters = readPairs('--parameter', given.parameter);
    try {
      return await runFile(typedPath(file), given, { variables, parameters });
    } catch (error) {
      if (!(error instanceof JobRefused)) throw error;
      console.error(error.message.includes(file) ? error.message : `${file}: ${error.message}`);
      return 2;
    }
  },
});

function readPairs(option: string, pairs: readonly string[] = []): Record<string, string> {
  const entries = pairs.map((pair) => {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new UsageError(`${option} takes NAME=VALUE, not ${JSON.stringify(pair)}.`);
    return [pair.slice(0, equals), pair.slice(equals + 1)];
  });
  return Object.fromEntries(entries);
}

type Values = Required<Pick<JobOptions, 'variables' | 'parameters'>>;

/**
 * The repository that a file stands in. A folder that is none may be a person's home, and what is in it is not copied: it
 * can be without end, and hold secrets.
 */
function repositoryOf(file: string): string | undefined {
  const folder = dirname(resolve(file));
  for (let path = folder; path !== dirname(path); path = dirname(path)) if (existsSync(join(path, '.git'))) return path;
  return undefined;
}

async function runFile(path: string, given: Given, { variables, parameters }: Values): Promise<number> {
  const pipeline = readPipeline(path);
  const tasksFolder = given.tasks ? typedPath(given.tasks) : await unpackPackage(newestPackage(dist));
  const repository = repositoryOf(path);
  let surroundings: Surroundings | undefined;
  try {
    const job = parsePipeline(pipeline, parameters);
    surroundings = given.connections
      ? { ...readConnectionsFile(typedPath(given.connections)), close: async () => {} }
      : await emulated(job, tasksFolder);
    for (const notice of noticesOf(job, repository)) console.log(notice);
    const { close: _close, ...found } = surroundings;
    const result = await runUntilDone({
      ...found,
      pipeline,
      parameters,
      ...(repository === undefined ? {} : { repository }),
      tasksFolder,
      variables: { ...found.variables, ...variables },
      debug: given.debug,
      ...(given.node === undefined ? {} : { node: typedPath(given.node) }),
    });
    printSummary(result);
    return result.result === 'Succeeded' || result.result === 'SucceededWithIssues' ? 0 : 1;
  } finally {
    await surroundings?.close();
    if (!given.tasks) rmSync(tasksFolder, { recursive: true, force: true });
  }
}

function readPipeline(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new JobRefused(`${relative(typedPath('.'), path)} cannot be read: ${code}.`);
  }
}

/** Runs the job, and cancels it at Ctrl+C as the service would. */
async function runUntilDone(job: JobOptions): Promise<JobResult> {
  const cancel = new AbortController();
  const onInterrupt = () => {
    console.log('The job is cancelled; its post-job steps still run.');
    cancel.abort();
  };
  process.on('SIGINT', onInterrupt);
  try {
    const report = job.onLine;
    const onLine = (line: string) => {
      console.log(line);
      report?.(line);
    };
    return await runJob({ ...job, cancel: cancel.signal, onLine });
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

function printSummary(result: JobResult): void {
  console.log('');
  for (const stage of result.stages) {
    const attempts = stage.attempts > 1 ? ` after ${stage.attempts} attempts` : '';
    const seconds = (stage.milliseconds / 1000).toFixed(1);
    console.log(`${stage.result.padEnd(19)} ${stage.displayName} (${seconds} s${attempts})`);
  }
  console.log(`The job's result: ${result.result}`);
}
