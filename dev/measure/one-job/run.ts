import { type Ended, runProcess, succeeded } from '../process';

/** One process from start to end. */
export type Run = (script: string, env: NodeJS.ProcessEnv, options?: string[]) => Promise<Ended>;

/** Processes of Node that run in a folder, and must succeed. */
export function runIn(folder: string): Run {
  return async (script, env, options = []) => {
    const ended = await runProcess(folder, [...options, script], env);
    if (!succeeded(ended)) throw new Error(`${script} failed with exit code ${ended.exitCode}.`);
    return ended;
  };
}
