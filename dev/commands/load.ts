import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand, wholeNumber } from '../../scripts/command-line';
import { newestPackage, unpackPackage } from '../job-runner/plan/package-file';
import { bigSweep } from '../measure/big-sweep';
import { manyJobs } from '../measure/many-jobs';
import { dist } from './folders';

const maxReported = 10;

void runCommand({
  help: `npm run load [-- --jobs N] [--rate N] [--wait N] [--retries N]

The packaged tasks where it is hardest for them: many jobs at once against services that throttle and fail, and a sweep
through 10,000 tokens. It takes minutes, and all the processors there are. Prints tables, and fails if a promise is
broken.

  --jobs N      how many jobs; default 500
  --rate N      requests a second that the services take; default 40
  --wait N      seconds that they demand to wait for; default 5
  --retries N   how often a failed step is run again; default 2`,
  options: {
    jobs: { type: 'string', default: '500' },
    rate: { type: 'string', default: '40' },
    wait: { type: 'string', default: '5' },
    retries: { type: 'string', default: '2' },
  },
  async run({ jobs, rate, wait, retries }) {
    const count = wholeNumber('--jobs', jobs, [1, 100_000]);
    const retriesAllowed = wholeNumber('--retries', retries, [0, 10]);
    const overload = {
      requestsPerSecond: wholeNumber('--rate', rate, [1, 100_000]),
      retryAfterSeconds: wholeNumber('--wait', wait, [1, 3600]),
      failureShare: 0.05,
    };
    const extension = await unpackPackage(newestPackage(dist));
    const task = (name: string) => join(extension, 'tasks', name, `${name}V1`);
    try {
      console.log(`Node ${process.versions.node}, ${process.platform} ${process.arch}\n`);
      const ofSweep = await bigSweep(task('RevokeAgentPoolTokens'));
      console.log();
      const ofJobs = await manyJobs({
        task: task('AgentPoolToken'),
        sweepTask: task('RevokeAgentPoolTokens'),
        count,
        retries: retriesAllowed,
        overload,
      });
      return report([...ofSweep, ...ofJobs]);
    } finally {
      rmSync(extension, { recursive: true, force: true });
    }
  },
});

/** Names the broken promises, and returns the exit code. */
function report(broken: string[]): number {
  if (broken.length === 0) return 0;
  console.error(`\n${broken.length} promises were broken:`);
  for (const promise of broken.slice(0, maxReported)) console.error(`- ${promise}`);
  if (broken.length > maxReported) console.error(`- and ${broken.length - maxReported} more`);
  return 1;
}
