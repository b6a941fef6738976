import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';

/** Runs a script of package.json. Resolves to what it printed if it failed, and to undefined if it did not. */
export function runScript(name: string): Promise<string | undefined> {
  return failureOf(spawn('npm', ['run', '--silent', name], { shell: process.platform === 'win32' }));
}

/** Compiles `src` for the tests whose coverage counts. Resolves to what the compiler printed if it failed. */
export function compileSources(): Promise<string | undefined> {
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  return failureOf(spawn(process.execPath, [tsc, '-p', join(__dirname, 'covered.tsconfig.json')]));
}

/** Checks the coverage that was written, and leaves the report in the folder `coverage`. */
export function checkCoverage(): Promise<string | undefined> {
  const c8 = require.resolve('c8/bin/c8.js');
  return failureOf(spawn(process.execPath, [c8, 'report', '--check-coverage']), console.log);
}

function failureOf(child: ChildProcess, onSuccess: (output: string) => void = () => {}): Promise<string | undefined> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) => {
      if (code === 0) onSuccess(output);
      resolve(code === 0 ? undefined : `${output}\nexit code ${code}`);
    });
  });
}
