import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeTally, readTally, tallyProblem, tallyVariable } from '../support/tally';
import { type Batch, runBatch } from './batch';
import { checkCoverage, compileSources, runScript } from './commands';
import { Report } from './report';
import { coveredBatch, separateBatches, testFiles } from './suites';

interface Plan {
  /** Scripts of package.json that have to succeed first: those of a row at the same time. */
  scripts: string[][];
  batches: Batch[];
  isCovered: boolean;
  isWhole: boolean;
}

/** What there is to do: everything, the modules, the jobs, or some files and folders. */
function planOf(args: readonly string[]): Plan {
  const [first] = args;
  const part = { scripts: [], isCovered: false, isWhole: false };
  if (first === undefined) {
    const scripts = [['test:setup'], ['lint', 'package']];
    return { scripts, batches: [coveredBatch(), ...separateBatches()], isCovered: true, isWhole: true };
  }
  if (first === 'modules') {
    return { ...part, batches: [coveredBatch(), ...separateBatches(['test/project'])], isCovered: true };
  }
  if (first === 'jobs') return { ...part, batches: separateBatches(['test/jobs', 'test/dev', 'test/setup']) };
  // A path without tests stays, so that it is seen to have none.
  const files = args.flatMap((path) => (testFiles(path).length > 0 ? testFiles(path) : [path]));
  return { ...part, batches: files.map((file) => ({ files: [file] })) };
}

async function main(args: readonly string[]): Promise<void> {
  // Until the run has come to its end and nothing failed.
  process.exitCode = 1;
  const { scripts, batches, isCovered, isWhole } = planOf(args);
  const report = new Report(
    batches.reduce((sum, { files }) => sum + files.length, 0),
    console.log,
  );
  for (const row of scripts) {
    console.log(`npm run ${row.join(', npm run ')}`);
    const failures = await Promise.all(row.map(async (name) => ({ name, error: await runScript(name) })));
    for (const { name, error } of failures) {
      if (error !== undefined) report.fail({ file: 'package.json', title: `npm run ${name}`, error });
    }
    if (report.hasFailures) return report.close();
  }
  if (isCovered) {
    rmSync('coverage', { recursive: true, force: true });
    const error = await compileSources();
    if (error !== undefined) {
      report.fail({ file: 'src', title: 'compiling', error });
      return report.close();
    }
  }
  await runBatches(batches, report, isWhole);
  const uncovered = isCovered ? await checkCoverage() : undefined;
  if (uncovered !== undefined) report.fail({ file: 'src', title: 'coverage', error: uncovered });
  report.close();
  if (report.isGood) process.exitCode = 0;
}

/**
 * Runs one batch more at a time than there are processors, because tests wait for clocks, disks and each other's processes
 * for about a quarter of their time. Sums up what they count.
 */
async function runBatches(batches: readonly Batch[], report: Report, isWhole: boolean): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tally-'));
  const waiting = [...batches];
  const lane = async () => {
    for (let batch = waiting.shift(); batch; batch = waiting.shift()) {
      const env = { ...batch.env, [tallyVariable]: folder };
      report.batchDone(await runBatch({ ...batch, env }, (file) => report.fileDone(file)));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, lane));
  const tally = readTally(folder);
  rmSync(folder, { recursive: true, force: true });
  console.log(`\n${describeTally(tally)}`);
  const problem = tallyProblem(tally, isWhole);
  if (problem !== undefined) report.fail({ file: 'test', title: 'what was tried', error: problem });
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error);
  console.log('\n0 passed, 1 failed');
});
