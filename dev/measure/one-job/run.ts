import { spawn } from 'node:child_process';

/** One process from start to end: how long it took, and what it wrote. */
export type Run = (
  script: string,
  env: NodeJS.ProcessEnv,
  options?: string[],
) => Promise<{ milliseconds: number; output: string }>;

/**
 * Processes of Node that run in a folder of their own: where this runs, Node would read a package.json for what it loads
 * ahead.
 */
export function runIn(folder: string): Run {
  return (script, env, options = []) =>
    new Promise((resolve, reject) => {
      const started = performance.now();
      const child = spawn(process.execPath, [...options, script], {
        cwd: folder,
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.on('data', (chunk) => {
        output += chunk;
      });
      child.on('error', reject);
      child.on('close', (code) => {
        if (code === 0 && !output.includes('result=Failed')) {
          resolve({ milliseconds: performance.now() - started, output });
        } else {
          reject(new Error(`${script} failed with exit code ${code}.`));
        }
      });
    });
}
