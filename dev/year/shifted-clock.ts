import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const systemLibraries = '/usr/lib';

/** The wall clock of the processes that run with its environment: that of this machine, and so much later. */
export class ShiftedClock {
  readonly #folder = mkdtempSync(join(tmpdir(), 'year-clock-'));
  readonly #library = libfaketime();
  #milliseconds = 0;

  constructor() {
    this.advance(0);
  }

  advance(milliseconds: number): void {
    this.#milliseconds += milliseconds;
    writeFileSync(this.#file, `+${Math.round(this.#milliseconds / 1000)}\n`);
  }

  /** What a process gets in its environment so that it reads this clock. Its own waits take as long as ever. */
  get environment(): Record<string, string> {
    return {
      LD_PRELOAD: this.#library,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #file(): string {
    return join(this.#folder, 'offset');
  }
}

/** Where Debian's library is that shifts the clock of a process. */
function libfaketime(): string {
  const folders = existsSync(systemLibraries) ? readdirSync(systemLibraries) : [];
  const files = folders.map((folder) => join(systemLibraries, folder, 'faketime', 'libfaketime.so.1'));
  const found = files.find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new Error(
    'This machine has no libfaketime, which shifts the clock of the tasks. On Debian and Ubuntu, run ' +
      '`sudo apt-get install --no-install-recommends faketime`, then run this again.',
  );
}
