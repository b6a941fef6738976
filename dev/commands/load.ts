/**
 * npm run load [-- --jobs N --rate N --wait N --retries N]: the packaged tasks where it is hardest for them. Many jobs
 * at once against services that throttle and fail, and a sweep through many tokens. Prints tables, and fails if a
 * promise is broken.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { newestPackage, unpackPackage } from '../job-runner/plan/package-file';
import { bigSweep } from '../measure/big-sweep';
import { manyJobs } from '../measure/many-jobs';

const mostTold = 10;

async function load(): Promise<void> {
  const { jobs, rate, wait, retries } = parseArgs({
    options: {
      jobs: { type: 'string', default: '500' },
      rate: { type: 'string', default: '40' },
      wait: { type: 'string', default: '5' },
      retries: { type: 'string', default: '2' },
    },
  }).values;
  for (const number of [jobs, rate, wait]) {
    if (!/^[1-9]\d*$/.test(number)) throw new Error(`--jobs, --rate and --wait must be whole numbers, not ${number}`);
  }
  if (!/^\d+$/.test(retries)) throw new Error(`--retries must be a whole number, not ${retries}`);
  const overload = { requestsPerSecond: Number(rate), retryAfterSeconds: Number(wait), failureShare: 0.05 };
  const extension = await unpackPackage(newestPackage(join(__dirname, '..', '..', 'dist')));
  const task = (name: string) => join(extension, 'tasks', name, `${name}V1`);
  try {
    console.log(`Node ${process.versions.node}, ${process.platform} ${process.arch}\n`);
    const ofSweep = await bigSweep(task('RevokeAgentPoolTokens'));
    console.log();
    const ofJobs = await manyJobs({
      task: task('AgentPoolToken'),
      sweepTask: task('RevokeAgentPoolTokens'),
      count: Number(jobs),
      retries: Number(retries),
      overload,
    });
    tell([...ofSweep, ...ofJobs]);
  } finally {
    rmSync(extension, { recursive: true, force: true });
  }
}

function tell(broken: string[]): void {
  if (broken.length === 0) return;
  console.error(`\n${broken.length} promises were broken:`);
  for (const promise of broken.slice(0, mostTold)) console.error(`- ${promise}`);
  if (broken.length > mostTold) console.error(`- and ${broken.length - mostTold} more`);
  process.exitCode = 1;
}

load().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
