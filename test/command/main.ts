import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeTally, readTally, tallyProblem, tallyVariable } from '../support/tally';
import { type Batch, runBatch } from './batch';
import { checkCoverage, compileSources, runScript } from './commands';
import { Report } from './report';
import { coveredBatch, separateBatches, testFiles } from './suites';

interface Plan {
  /** Scripts of package.json that have to succeed before the tests start. */
  scriptsBefore: string[];
  /** Scripts of package.json that have to succeed too, beside the tests. */
  scriptsBeside: string[];
  batches: Batch[];
  isCovered: boolean;
  isWhole: boolean;
}

/** What there is to do: everything, the modules, the jobs, or some files and folders. */
function planOf(args: readonly string[]): Plan {
  const [first] = args;
  const part = { scriptsBefore: [], scriptsBeside: [], isCovered: false, isWhole: false };
  if (first === undefined) {
    const batches = [coveredBatch(), ...separateBatches()];
    return {
      scriptsBefore: ['test:setup', 'package'],
      scriptsBeside: ['lint'],
      batches,
      isCovered: true,
      isWhole: true,
    };
  }
  if (first === 'modules') {
    return { ...part, batches: [coveredBatch(), ...separateBatches(['test/project'])], isCovered: true };
  }
  if (first === 'jobs') return { ...part, batches: separateBatches(['test/jobs', 'test/dev', 'test/setup']) };
  // A path without tests stays, so that it is seen to have none.
  const batchesOf = (path: string) => (testFiles(path).length > 0 ? separateBatches([path]) : [{ files: [path] }]);
  return { ...part, batches: args.flatMap(batchesOf) };
}

async function main(args: readonly string[]): Promise<void> {
  // Until the run has come to its end and nothing failed.
  process.exitCode = 1;
  const plan = planOf(args);
  const report = new Report(
    plan.batches.reduce((sum, { files }) => sum + files.length, 0),
    console.log,
  );
  // The tests need nothing of what these check, so that no processor waits for them.
  const beside = Promise.all(plan.scriptsBeside.map((name) => runReported(name, report)));
  if (await prepare(plan, report)) {
    await runBatches(plan, report);
    const uncovered = plan.isCovered ? await checkCoverage() : undefined;
    if (uncovered !== undefined) report.fail({ file: 'src', title: 'coverage', error: uncovered });
  }
  await beside;
  report.close();
  if (report.isGood) process.exitCode = 0;
}

/** Does at the same time all that the tests need. Resolves to whether they can start. */
async function prepare({ scriptsBefore, isCovered }: Plan, report: Report): Promise<boolean> {
  if (isCovered) rmSync('coverage', { recursive: true, force: true });
  const [error, ...prepared] = await Promise.all([
    isCovered ? compileSources() : undefined,
    ...scriptsBefore.map((name) => runReported(name, report)),
  ]);
  if (error !== undefined) report.fail({ file: 'src', title: 'compiling', error });
  return error === undefined && prepared.every(Boolean);
}

/** Runs a script of package.json. Resolves to whether it succeeded. */
async function runReported(name: string, report: Report): Promise<boolean> {
  console.log(`npm run ${name}`);
  const error = await runScript(name);
  if (error !== undefined) report.fail({ file: 'package.json', title: `npm run ${name}`, error });
  return error === undefined;
}

/**
 * Runs two batches more at a time than there are processors, because tests wait for clocks, disks and each other's
 * processes for a third of their time. Sums up what they count.
 */
async function runBatches({ batches, isWhole }: Plan, report: Report): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tally-'));
  const waiting = [...batches];
  const lane = async () => {
    for (let batch = waiting.shift(); batch; batch = waiting.shift()) {
      const env = { ...batch.env, [tallyVariable]: folder };
      report.batchDone(await runBatch({ ...batch, env }, (file) => report.fileDone(file)));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() + 2 }, lane));
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
