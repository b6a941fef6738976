import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** On Linux the kernel's own figure: what Node reports there still counts the memory of the process that it came from. */
const watch = `process.on('exit', () => {
  const { readFileSync, writeFileSync } = require('node:fs');
  const peak = process.platform === 'linux' && /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'));
  writeFileSync(process.env.PEAK_FILE, peak ? peak[1] : String(process.resourceUsage().maxRSS));
});`;

/** Lets processes write down the most memory that they had. */
export class PeakMemory {
  readonly #watch: string;
  readonly #file: string;

  /** @param folder for the figure, and for what a process loads to write it. */
  constructor(folder: string) {
    this.#watch = join(folder, 'watch.js');
    this.#file = join(folder, 'peak');
    writeFileSync(this.#watch, watch);
  }

  /** Options of Node for a process that is to be watched. */
  get options(): string[] {
    return ['--require', this.#watch];
  }

  /** The environment of such a process. */
  environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return { ...env, PEAK_FILE: this.#file };
  }

  /** KiB of the process that ended last. */
  read(): number {
    return Number(readFileSync(this.#file, 'utf8'));
  }
}
