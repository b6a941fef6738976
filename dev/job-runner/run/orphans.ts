import { readdirSync, readFileSync } from 'node:fs';

/** The environment variable by which a job's processes are known. */
export const lookupVariable = 'VSTS_PROCESS_LOOKUP_ID';

/** Kills what a job left running: at its end the agent does the same. Only Linux shows other processes' environments. */
export function killOrphans(lookupId: string): number[] {
  const killed: number[] = [];
  const names = process.platform === 'linux' ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  for (const name of names) {
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
