import { spawn } from 'node:child_process';

/** How a process ended, and what it wrote. */
export interface Ended {
  milliseconds: number;
  output: string;
  exitCode: number | null;
}

/** Whether a task's process did what it is for. */
export function succeeded({ exitCode, output }: Ended): boolean {
  return exitCode === 0 && !output.includes('result=Failed');
}

/**
 * Runs a script by Node, from start to end, in a folder of its own: where this runs, Node would read a package.json for
 * what it loads ahead.
 * @param words options of Node and the script.
 */
export function runProcess(folder: string, words: string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ milliseconds: performance.now() - started, output, exitCode }));
  });
}
