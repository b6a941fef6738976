import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder: string | undefined;

/**
 * A worker's environment in which the clocks of a task run faster than the real ones (wall, monotonic, uptime), so that it lives through its waits
 * and time-outs in a fraction of the time. The faster it is, the sooner a busy machine looks like a silent service.
 */
export function fastTime(speed = 20): NodeJS.ProcessEnv {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'fast-time-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  // A file to require, because an import would have Node start its module loader first.
  const program = join(folder, `${speed}.cjs`);
  // Written once, because a process that starts at that moment would find it empty and live by the real clock.
  if (!existsSync(program)) {
    writeFileSync(
      program,
      `const start = Date.now();
      const realNow = Date.now.bind(Date);
      const realSetTimeout = globalThis.setTimeout;
      Date.now = () => start + (realNow() - start) * ${speed};
      globalThis.setTimeout = (callback, delay, ...rest) => realSetTimeout(callback, delay / ${speed}, ...rest);
      // The clocks that people cannot set. Main and post of one job compare that of the machine.
      const [os, realUptime, realTick] = [require('node:os'), require('node:os').uptime, process.hrtime.bigint];
      os.uptime = () => realUptime() * ${speed};
      process.hrtime.bigint = () => realTick() * BigInt(${speed});`,
    );
  }
  return { PATH: process.env.PATH, NODE_OPTIONS: `--require=${program}` };
}
