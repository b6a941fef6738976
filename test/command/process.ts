import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type Entry, journalPipe } from './entries';

/** Milliseconds that a mocha process may take, and that it may go on after its last test. Both are for a busy machine. */
const maxTime = 1_200_000;
const maxTimeAfterEnd = 60_000;

/** How a mocha process ended. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Why it was ended from here, if it was. */
  killedBecause?: string;
}

interface MochaRun {
  files: readonly string[];
  /** Modules that are loaded before the tests. */
  requires: readonly string[];
  nodeOptions: readonly string[];
  env: NodeJS.ProcessEnv;
  onEntry: (entry: Entry) => void;
  onOutput: (text: string) => void;
}

/** Runs test files in one mocha process. */
export function runMocha({ files, requires, nodeOptions, env, onEntry, onOutput }: MochaRun): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const options = ['--forbid-only', '--reporter', require.resolve('./journal')];
    options.push(...requires.flatMap((module) => ['--require', module]));
    const child = spawn(
      process.execPath,
      [...nodeOptions, require.resolve('mocha/bin/mocha.js'), ...options, ...files],
      {
        env,
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      },
    );
    let killedBecause: string | undefined;
    const killAfter = (milliseconds: number, reason: string) =>
      setTimeout(() => {
        killedBecause = reason;
        child.kill('SIGKILL');
      }, milliseconds);
    const timers = [killAfter(maxTime, `it took more than ${maxTime / 60_000} minutes`)];
    createInterface(child.stdio[journalPipe] as Readable).on('line', (line) => {
      const entry: Entry = JSON.parse(line);
      if (entry.kind === 'end') {
        timers.push(killAfter(maxTimeAfterEnd, `it went on for ${maxTimeAfterEnd / 1000} s after its last test`));
      }
      onEntry(entry);
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', onOutput);
    }
    child.once('error', reject);
    child.once('close', (code, signal) => {
      timers.forEach(clearTimeout);
      resolve({ code, signal, ...(killedBecause !== undefined && { killedBecause }) });
    });
  });
}
