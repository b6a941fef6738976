import { resolve } from 'node:path';
import type { Entry } from './entries';
import { type Ending, runMocha } from './process';

export interface Failure {
  file: string;
  title: string;
  error: string;
}

export interface FileResult {
  file: string;
  passed: number;
  failed: number;
  skipped: number;
  /** How long its tests and their hooks took. */
  milliseconds: number;
}

export interface BatchResult {
  failures: Failure[];
  /** What the tests and mocha itself printed. */
  output: string;
}

/** Test files that run in one mocha process, one after another. */
export interface Batch {
  files: readonly string[];
  /** Modules that are loaded before the tests. */
  requires?: readonly string[];
  /** Options of Node. */
  nodeOptions?: readonly string[];
  env?: NodeJS.ProcessEnv;
}

/**
 * Runs a batch. It is good only if its process came to its end, each of its files has tests, and none of them failed:
 * mocha's exit code alone says less, because it is 0 after a rejection that nothing caught.
 * @param onFile called as each file is done.
 */
export async function runBatch(
  { files, requires = [], nodeOptions = [], env }: Batch,
  onFile: (result: FileResult) => void,
): Promise<BatchResult> {
  const entries: Entry[] = [];
  let output = '';
  const ending = await runMocha({
    files,
    requires,
    nodeOptions,
    env: { ...withoutExtraAuthorities(process.env), ...env },
    onEntry: (entry) => {
      entries.push(entry);
      if (entry.kind === 'file') onFile(entry);
    },
    onOutput: (text) => {
      output += text;
    },
  });
  const failures: Failure[] = entries.filter((entry) => entry.kind === 'failure');
  const problem = problemOf(entries, ending);
  const silent = filesWithoutTests(files, entries);
  const uncaught = entries.find((entry) => entry.kind === 'uncaught');
  // Where the process broke off in a file, the problem says why no test of it ran.
  const place = resolve(uncaught?.file ?? silent[0] ?? files[0] ?? '');
  if (problem !== undefined) {
    failures.push({ file: place, title: 'the test process', error: `${problem}\n${output}` });
  }
  const named = problem === undefined ? silent : silent.filter((file) => resolve(file) !== place);
  failures.push(...named.map((file) => ({ file, title: 'the test file', error: 'No test of this file ran.' })));
  return { failures, output };
}

/**
 * The tests fetch nothing from outside, so they need no authorities beside Node's own. To read a machine's file of them
 * takes longer than the rest of Node's start, and the tests start thousands of processes.
 */
function withoutExtraAuthorities({ NODE_EXTRA_CA_CERTS: _, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env;
}

/** What is wrong with a mocha process beside the tests that failed. */
function problemOf(entries: readonly Entry[], { code, signal, killedBecause }: Ending): string | undefined {
  const uncaught = entries.flatMap((entry) => (entry.kind === 'uncaught' ? [entry.error] : []));
  if (uncaught.length > 0) return `No test caught this:\n${uncaught.join('\n')}`;
  if (killedBecause !== undefined) return `The process was ended because ${killedBecause}.`;
  if (signal !== null) return `The process died of ${signal}.`;
  if (!entries.some(({ kind }) => kind === 'end'))
    return `The process ended before its tests did, with exit code ${code}.`;
  const failed = entries.some(({ kind }) => kind === 'failure');
  return code === 0 || failed ? undefined : `The process ended with exit code ${code}, although no test failed.`;
}

function filesWithoutTests(files: readonly string[], entries: readonly Entry[]): string[] {
  const reported = entries.flatMap((entry) =>
    entry.kind === 'file' && entry.passed + entry.failed + entry.skipped > 0 ? [entry.file] : [],
  );
  return files.filter((file) => !reported.includes(resolve(file)));
}
