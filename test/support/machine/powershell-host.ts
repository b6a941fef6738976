import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { powerShell } from '../strangers';

/** A script of PowerShell, and what it finds. */
export interface PowerShellRun {
  script: string;
  words: readonly string[];
  /** The whole environment. */
  environment: Record<string, string>;
  /** The folder of the machine on which it runs. */
  machine: string;
}

interface Host {
  child: ChildProcessByStdio<Writable, Readable, Readable>;
  end: string;
}

interface Result {
  code: number | null;
  output: string;
}

let host: Host | undefined;
let lastRun: Promise<unknown> = Promise.resolve();

/**
 * Runs a script in a PowerShell with the services of an emulated Windows in place of its own commands. One process runs
 * all scripts, one after another, until it is killed in one of them; then the next script has a new one.
 * @returns the exit code, null where it was killed, and the output.
 */
export function runInPowerShell(run: PowerShellRun): Promise<Result> {
  const result = lastRun.then(() => runNext(run));
  lastRun = result.catch(() => {});
  return result;
}

function runNext(run: PowerShellRun): Promise<Result> {
  host ??= startHost(run);
  const running = host;
  const { child, end } = running;
  hold(running, true);
  writeFileSync(join(run.machine, 'group'), String(child.pid));
  let output = '';
  return new Promise((resolve, reject) => {
    const finish = (code: number | null) => {
      for (const stream of [child.stdout, child.stderr]) stream.removeAllListeners('data');
      child.removeAllListeners();
      hold(running, false);
      resolve({ code, output: output.replace(`${end} ${code}\n`, '') });
    };
    const read = (chunk: string) => {
      output += chunk;
      const code = new RegExp(`^${end} (\\d)\\n`, 'm').exec(output)?.[1];
      if (code !== undefined) finish(Number(code));
    };
    for (const stream of [child.stdout, child.stderr]) stream.on('data', read);
    child.once('error', reject);
    child.once('close', () => {
      host = undefined;
      finish(null);
    });
    child.stdin.write(`${asciiJson(run)}\n`);
  });
}

/** Whether these tests wait for the process: while it runs no script, it does not keep them from ending, and ends with them. */
function hold({ child }: Host, isWaitedFor: boolean): void {
  const streams = [child.stdin, child.stdout, child.stderr] as unknown as Socket[];
  for (const held of [child, ...streams]) {
    if (isWaitedFor) held.ref();
    else held.unref();
  }
}

function startHost({ environment }: PowerShellRun): Host {
  const end = `end-${randomUUID()}`;
  const program = powerShell() ?? 'pwsh';
  const options = ['-NoLogo', '-NoProfile', '-NonInteractive', '-File', join(__dirname, 'powershell-host.ps1'), end];
  // In a group of its own, so that a machine can die with all that runs on it.
  const child = spawn(program, options, { detached: true, stdio: ['pipe', 'pipe', 'pipe'], env: environment });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8');
  child.stdin.on('error', () => child.kill());
  return { child, end };
}

/** JSON that is the same in every encoding in which it is read. */
function asciiJson(value: object): string {
  return JSON.stringify(value).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
