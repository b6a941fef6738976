import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the tests of one run count together, although each of their files may run in a process of its own. */
type Counted = 'crash points' | 'faults' | 'tokens left alive';

const variable = 'TALLY_FOLDER';
const mine = `${randomUUID()}.txt`;

/** Adds to a sum that is told when all files have run; of no effect where nobody sums up, as in a run of one file. */
export function count(what: Counted, number: number): void {
  const folder = process.env[variable];
  if (folder !== undefined) appendFileSync(join(folder, mine), `${number} ${what}\n`);
}

/** Mocha calls this once, before it starts the processes that run the files. */
export function mochaGlobalSetup(): void {
  process.env[variable] = mkdtempSync(join(tmpdir(), 'tally-'));
}

/** Mocha calls this once, after all files. Throws, which fails the run, if a token is alive or if nothing was tried. */
export function mochaGlobalTeardown(): void {
  const folder = process.env[variable] as string;
  const sums: Record<Counted, number> = { 'crash points': 0, faults: 0, 'tokens left alive': 0 };
  try {
    for (const file of readdirSync(folder)) {
      for (const line of readFileSync(join(folder, file), 'utf8').split('\n').filter(Boolean)) {
        const [, number, what] = /^(\d+) (.+)$/.exec(line) ?? [];
        sums[what as Counted] += Number(number);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const told = Object.entries(sums).map(([what, sum]) => `${sum} ${what}`);
  console.log(`\n  ${told.join(', ')}\n`);
  // Whatever is not a number fails too.
  const holds = sums['crash points'] > 0 && sums.faults > 0 && sums['tokens left alive'] === 0;
  if (!holds) throw new Error('Crash points and faults have to be tried, and no token may be left alive.');
}
