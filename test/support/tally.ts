import { randomUUID } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the tests of one run count together, although their files run in several processes. */
const kinds = ['crash points', 'faults', 'tokens left alive'] as const;
type Counted = (typeof kinds)[number];
type Sums = Record<Counted, number>;

/** The variable that names the folder in which a run counts. */
export const tallyVariable = 'TALLY_FOLDER';
const mine = `${randomUUID()}.txt`;

/** At least so many have to be tried by all tests together. */
const min = { 'crash points': 188, faults: 256 };

/** Adds to a sum that the test command prints; of no effect where mocha runs alone. */
export function count(what: Counted, number: number): void {
  const folder = process.env[tallyVariable];
  if (folder !== undefined) appendFileSync(join(folder, mine), `${number} ${what}\n`);
}

/** The sums of a run. */
export function readTally(folder: string): Sums {
  const sums: Sums = { 'crash points': 0, faults: 0, 'tokens left alive': 0 };
  for (const file of readdirSync(folder)) {
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n').filter(Boolean)) {
      const [, number, what] = /^(\d+) (.+)$/.exec(line) ?? [];
      sums[what as Counted] += Number(number);
    }
  }
  return sums;
}

export function describeTally(sums: Sums): string {
  return kinds.map((kind) => `${sums[kind]} ${kind}`).join(', ');
}

/** What is wrong with the sums, if anything is. What is no number is wrong too. */
export function tallyProblem(sums: Sums, isWholeRun: boolean): string | undefined {
  if (sums['tokens left alive'] !== 0) return 'A token was left alive.';
  const enough = sums['crash points'] >= min['crash points'] && sums.faults >= min.faults;
  if (!isWholeRun || enough) return undefined;
  return `At least ${min['crash points']} crash points and ${min.faults} faults have to be tried.`;
}
