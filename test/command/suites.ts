import { readdirSync, statSync } from 'node:fs';
import { join, normalize } from 'node:path';
import type { Batch } from './batch';

/** Tests of modules in this process, whose coverage counts: one batch, because most of its files take less time than the start of a process. */
const covered = ['test/unit', 'test/tables'];
/**
 * Tests that start processes and servers: many batches, so that some of them run at a time. Those of the set-up first:
 * they share one batch, because each process of them bundles the command anew.
 */
const separate = ['test/setup', 'test/jobs', 'test/project', 'test/command', 'test/dev'];

/**
 * Files that take longest, the longest first, as the command reports it. They start first, each in a process of its own, so
 * that none of them is left for the end. A file that is missing here runs all the same, later and beside others.
 */
export const longest = [
  'test/jobs/crash-points.test.ts',
  'test/dev/preview/browser.test.ts',
  'test/jobs/examples/register.test.ts',
  'test/jobs/examples/agent-script.test.ts',
  'test/jobs/examples/machines.test.ts',
  'test/jobs/examples/half-states.test.ts',
  'test/command/exit-code.test.ts',
  'test/jobs/development-extension.test.ts',
  'test/dev/pictures/pictures.test.ts',
  'test/dev/job-runner/job-command.test.ts',
  'test/jobs/network/odd-agents.test.ts',
];
/** Bytes of the other files that share a process, one after another: its start takes longer than most of them. */
const maxSharedBytes = 90_000;

const coverageFolder = join('coverage', 'tmp');

/** Every test file in a folder, or the file itself. */
export function testFiles(path: string): string[] {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return [];
  if (status.isFile()) return [path];
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.test.ts') && !name.split(/[\\/]/).includes('node_modules'))
    .map((name) => join(path, name))
    .sort();
}

/** Tests of the modules, with the coverage of `src`. */
export function coveredBatch(): Batch {
  // The first of the modules lets the second, which is TypeScript too, be loaded.
  const requires = ['tsx/cjs', require.resolve('./compiled-sources')];
  // Thousands of short tests: with room for what they throw away, a sixth of the time is not spent on collecting it.
  const nodeOptions = ['--max-semi-space-size=64'];
  return { files: covered.flatMap(testFiles), requires, nodeOptions, env: { NODE_V8_COVERAGE: coverageFolder } };
}

/** The longest files first, then what shares a process: the set-up and the jobs before all others, because they take longest for their size. */
export function separateBatches(folders: readonly string[] = separate): Batch[] {
  const files = folders.flatMap(testFiles);
  const alone = longest.map(normalize).filter((file) => files.includes(file));
  const batches: { files: string[]; size: number }[] = [];
  for (const file of files.filter((each) => !alone.includes(each))) {
    const { size } = statSync(file);
    const open = batches.at(-1);
    if (open !== undefined && open.size + size <= maxSharedBytes) {
      open.files.push(file);
      open.size += size;
    } else {
      batches.push({ files: [file], size });
    }
  }
  return [...alone.map((file) => [file]), ...batches.map((batch) => batch.files)].map((each) => ({ files: each }));
}
