/**
 * `npm run job -- FILE.yml`: runs the steps of a pipeline on this machine with the packaged tasks, against the
 * emulator or, with `--connections FILE.json`, against a real organization.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmulator } from '../emulator';
import { type JobOptions, JobRefused, type JobResult, parsePipeline, runJob } from '../job-runner';
import { connectionNames } from '../job-runner/plan/connection-names';
import { readConnectionsFile } from '../job-runner/plan/connections-file';
import { newestPackage, unpackPackage } from '../job-runner/plan/package-file';
import { emulatedConnections } from './emulated-connections';

const usage = `Usage: npm run job -- FILE.yml [options]

  --connections FILE.json   service connections of a real organization; without it the emulator is used
  --tasks FOLDER            an unpacked extension; default: the newest package in dist
  --node PATH               the Node binary that runs the tasks
  --variable NAME=VALUE     a job variable; may be given more than once
  --debug                   sets System.Debug`;

interface Arguments {
  file: string;
  connections: string | undefined;
  tasks: string | undefined;
  node: string | undefined;
  variables: Record<string, string>;
  debug: boolean;
}

/** A mistake in how the command was called. */
class UsageError extends Error {}

function readArguments(args: string[]): Arguments {
  const { values, positionals } = parse(args);
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) {
    throw new UsageError('Expected exactly one pipeline file.');
  }
  const pairs = (values.variable ?? []).map((pair) => {
    const equals = pair.indexOf('=');
    if (equals < 1) {
      throw new UsageError('--variable needs NAME=VALUE.');
    }
    return [pair.slice(0, equals), pair.slice(equals + 1)];
  });
  const { connections, tasks, node, debug = false } = values;
  return { file, connections, tasks, node, variables: Object.fromEntries(pairs), debug };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        connections: { type: 'string' },
        tasks: { type: 'string' },
        node: { type: 'string' },
        variable: { type: 'string', multiple: true },
        debug: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function readPipeline(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new JobRefused(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

/** What the job finds outside itself: an organization and the connections to it. */
interface Surroundings extends Partial<JobOptions> {
  close: () => Promise<void>;
}

async function emulated(pipeline: string, tasksFolder: string): Promise<Surroundings> {
  const wanted = Object.entries(emulatedConnections).map(([type, create]) => ({
    names: connectionNames(parsePipeline(pipeline), tasksFolder, type),
    create,
  }));
  const emulator = await startEmulator();
  const connections = wanted.flatMap(({ names, create }) => names.map((name) => create(emulator, name)));
  console.log(`No --connections: this job runs against the emulator at ${emulator.organizationUrl}.`);
  for (const { name } of connections) {
    console.log(`The service connection '${name}' is emulated.`);
  }
  return {
    organizationUrl: emulator.organizationUrl,
    connections,
    jobAccessToken: emulator.state.jobAccessToken,
    secretVariables: { USER_ACCESS_TOKEN: emulator.userAccessToken() },
    close: () => emulator.close(),
  };
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

/** Runs the command and returns its exit code. */
async function main(args: string[]): Promise<number> {
  const { file, connections, tasks, node, variables, debug } = readArguments(args);
  const pipeline = readPipeline(file);
  const tasksFolder = tasks ?? (await unpackPackage(newestPackage(join(__dirname, '..', '..', 'dist'))));
  const cancel = new AbortController();
  const onInterrupt = () => {
    console.log('The job is cancelled; its post-jobs still run.');
    cancel.abort();
  };
  let surroundings: Surroundings | undefined;
  try {
    surroundings =
      connections === undefined
        ? await emulated(pipeline, tasksFolder)
        : { ...readConnectionsFile(connections), close: async () => {} };
    const { close: _close, ...given } = surroundings;
    const { passedOver } = parsePipeline(pipeline);
    if (passedOver.length > 0)
      console.log(`This job runs here and now, whatever the file says: ${passedOver.join(', ')}.`);
    process.on('SIGINT', onInterrupt);
    const result = await runJob({
      ...given,
      pipeline,
      tasksFolder,
      variables: { ...given.variables, ...variables },
      debug,
      ...(node === undefined ? {} : { node }),
      cancel: cancel.signal,
      onLine: (line) => console.log(line),
    });
    printSummary(result);
    return result.result === 'Succeeded' || result.result === 'SucceededWithIssues' ? 0 : 1;
  } finally {
    process.off('SIGINT', onInterrupt);
    await surroundings?.close();
    if (tasks === undefined) {
      rmSync(tasksFolder, { recursive: true, force: true });
    }
  }
}

main(process.argv.slice(2)).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${usage}`);
    } else {
      console.error(error instanceof JobRefused ? error.message : error);
    }
    process.exitCode = error instanceof UsageError || error instanceof JobRefused ? 2 : 1;
  },
);
