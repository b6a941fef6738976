import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { CancelTimings } from '../options';

export interface ProcessRequest {
  file: string;
  arguments: readonly string[];
  workingDirectory: string;
  environment: Record<string, string>;
  windowsVerbatimArguments?: boolean;
  /** Ends the process with the agent's signals. */
  cancel: AbortSignal;
  /** Ends the process at once: its machine or worker is gone. */
  kill: AbortSignal;
  /** Leaves the process to itself: its step was declared done. */
  abandon: AbortSignal;
  /** Closes the pipes to the process, which goes on: whoever read them is gone. */
  lose: AbortSignal;
  timings: Pick<CancelTimings, 'sigintMs' | 'sigtermMs'> & {
    /** Waits for the process for ever after SIGINT. */
    graceful: boolean;
  };
  onStart: (processId: number | undefined) => void;
  /** Lines come one after the other; the next one waits for the promise. */
  onLine: (line: string, stream: 'stdout' | 'stderr') => Promise<void>;
}

/** How long output is awaited that another process holds open after the exit. */
const openPipesMs = 5000;

/** Splits a stream into lines, at any of the three line ends. */
export class LineSplitter {
  #rest = '';

  push(text: string): string[] {
    const all = this.#rest + text;
    // A carriage return at the very end may be half of a line end.
    const ready = all.endsWith('\r') ? all.length - 1 : all.length;
    const lines = all.slice(0, ready).split(/\r\n|\r|\n/);
    this.#rest = (lines.pop() ?? '') + all.slice(ready);
    return lines;
  }

  end(): string[] {
    const rest = this.#rest;
    this.#rest = '';
    return rest === '' ? [] : rest.split('\r').slice(0, rest.endsWith('\r') ? -1 : undefined);
  }
}

/** Runs a process to its end and returns its exit code; null if a signal ended it, or if it was abandoned. */
export async function runProcess(request: ProcessRequest): Promise<number | null> {
  const child = spawn(request.file, request.arguments, {
    cwd: request.workingDirectory,
    env: request.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsVerbatimArguments: request.windowsVerbatimArguments === true,
    windowsHide: true,
    // In a group of its own, so that a Ctrl-C at the terminal reaches only the runner, which then signals as it must.
    detached: process.platform !== 'win32',
  });
  request.onStart(child.pid);
  const lines = new LineQueue(request.onLine, () => child.kill('SIGKILL'));
  lines.read(child.stdout, 'stdout');
  lines.read(child.stderr, 'stderr');
  const stopWatching = watch(child, request);
  try {
    const exitCode = await ended(child, request.abandon);
    await lines.finish();
    return exitCode;
  } finally {
    stopWatching();
  }
}

function ended(child: ChildProcess, abandon: AbortSignal): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => {
      const timer = setTimeout(() => closePipes(child), openPipesMs);
      child.once('close', () => clearTimeout(timer));
    });
    child.once('close', (exitCode) => resolve(exitCode));
    abandon.addEventListener('abort', () => {
      closePipes(child);
      child.unref();
      resolve(null);
    });
  });
}

function closePipes(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
}

/** Signals go to the process alone, not to its children. */
function watch(child: ChildProcess, { cancel, kill, lose, timings }: ProcessRequest): () => void {
  let timer: NodeJS.Timeout | undefined;
  const onCancel = () => {
    child.kill('SIGINT');
    timer = setTimeout(() => {
      if (timings.graceful) {
        return;
      }
      child.kill('SIGTERM');
      timer = setTimeout(() => child.kill('SIGKILL'), timings.sigtermMs);
    }, timings.sigintMs);
  };
  const onKill = () => child.kill('SIGKILL');
  const onLose = () => closePipes(child);
  if (cancel.aborted) {
    onCancel();
  }
  if (kill.aborted) {
    onKill();
  }
  if (lose.aborted) {
    onLose();
  }
  cancel.addEventListener('abort', onCancel);
  lose.addEventListener('abort', onLose);
  kill.addEventListener('abort', onKill);
  const stop = () => clearTimeout(timer);
  child.once('exit', stop);
  return () => {
    stop();
    cancel.removeEventListener('abort', onCancel);
    lose.removeEventListener('abort', onLose);
    kill.removeEventListener('abort', onKill);
  };
}

/** Hands lines of both streams on, one at a time and in the order they came. */
class LineQueue {
  #last: Promise<void> = Promise.resolve();
  #failure: { error: unknown } | undefined;
  readonly #onLine: ProcessRequest['onLine'];
  readonly #onFailure: () => void;

  constructor(onLine: ProcessRequest['onLine'], onFailure: () => void) {
    this.#onLine = onLine;
    this.#onFailure = onFailure;
  }

  read(stream: Readable, name: 'stdout' | 'stderr'): void {
    const splitter = new LineSplitter();
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => this.#add(splitter.push(text), name));
    stream.on('close', () => this.#add(splitter.end(), name));
  }

  #add(lines: readonly string[], name: 'stdout' | 'stderr'): void {
    for (const line of lines) {
      this.#last = this.#last
        .then(() => (this.#failure === undefined ? this.#onLine(line, name) : undefined))
        .catch((error: unknown) => {
          this.#failure ??= { error };
          this.#onFailure();
        });
    }
  }

  async finish(): Promise<void> {
    await this.#last;
    if (this.#failure !== undefined) {
      throw this.#failure.error;
    }
  }
}
