import { readFileSync } from 'node:fs';

/** Milliseconds between looks. */
const pause = 20;

/** A process and all that it starts, as other people of the machine can list them. */
export class WatchedProcesses {
  readonly #seen = new Set<string>();
  readonly #looks: NodeJS.Timeout;

  constructor(pid: number) {
    this.#looks = setInterval(() => this.#look(String(pid)), pause);
  }

  /** Looks no more. @returns every command line and environment that there was. */
  stop(): string {
    clearInterval(this.#looks);
    return [...this.#seen].join('\n');
  }

  #look(pid: string): void {
    try {
      this.#seen.add(
        `${readFileSync(`/proc/${pid}/cmdline`, 'utf8')}\n${readFileSync(`/proc/${pid}/environ`, 'utf8')}`,
      );
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
      for (const child of children.filter((each) => each !== '')) this.#look(child);
    } catch {
      // It has ended meanwhile.
    }
  }
}
