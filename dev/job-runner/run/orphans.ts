import { readdirSync, readFileSync } from 'node:fs';

/** The environment variable by which a job's processes are known. */
export const lookupVariable = 'VSTS_PROCESS_LOOKUP_ID';

/** Ids of all processes of this machine. Only Linux shows other processes' environments: elsewhere there are none. */
export function runningProcesses(): string[] {
  return process.platform === 'linux' ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
}

/**
 * Kills what a job left running: at its end the agent does the same.
 * @param before the processes that ran before the job did: their environments, which take long to read, are left alone.
 */
export function killOrphans(lookupId: string, before: readonly string[]): number[] {
  const killed: number[] = [];
  const earlier = new Set(before);
  for (const name of runningProcesses()) {
    if (earlier.has(name)) continue;
    try {
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
      if (Number(name) !== process.pid && environment.includes(`${lookupVariable}=${lookupId}`)) {
        process.kill(Number(name), 'SIGKILL');
        killed.push(Number(name));
      }
    } catch {
      // The process has ended, or belongs to another user.
    }
  }
  return killed;
}
