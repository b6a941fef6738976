import { execFile } from 'node:child_process';

export type Log = (line: string) => void;

/**
 * Runs a program to its end and returns what it printed on its standard output.
 * @throws with everything that it printed, where its exit code is not 0.
 */
export function run(program: string, args: string[], env: NodeJS.ProcessEnv = process.env): Promise<string> {
  return new Promise((resolve, reject) => {
    // npm is a batch file on Windows, which only a shell starts.
    const options = { env, maxBuffer: 64 * 1024 * 1024, shell: process.platform === 'win32' };
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${program} ${args.join(' ')} failed.\n${stdout}${stderr}`.trimEnd(), { cause: error }));
    });
  });
}
