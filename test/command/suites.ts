import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Batch } from './batch';

/** Tests of modules in this process, whose coverage counts: one batch, because most of its files take less time than the start of a process. */
const covered = ['test/unit', 'test/tables'];
/** Tests that start processes and servers: many batches, so that two of them run at a time. */
const separate = ['test/jobs', 'test/dev', 'test/setup', 'test/project', 'test/command'];

/** Folders whose small files share a process: its start takes longer than most of them. */
const shared = ['test/dev/emulator', 'test/dev/emulator/issuer'];
/** Bytes of the files that share one. */
const maxSharedBytes = 24_000;

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
  return { files: covered.flatMap(testFiles), requires, env: { NODE_V8_COVERAGE: coverageFolder } };
}

/** The largest batches first: they take longest, and none of them should be left for the end. */
export function separateBatches(folders: readonly string[] = separate): Batch[] {
  const batches: { folder: string; files: string[]; size: number }[] = [];
  for (const file of folders.flatMap(testFiles)) {
    const { size } = statSync(file);
    const folder = dirname(file);
    const open = batches.find((batch) => batch.folder === folder && batch.size + size <= maxSharedBytes);
    if (open !== undefined && shared.includes(folder)) {
      open.files.push(file);
      open.size += size;
    } else {
      batches.push({ folder, files: [file], size });
    }
  }
  return batches.sort((one, other) => other.size - one.size).map(({ files }) => ({ files }));
}
