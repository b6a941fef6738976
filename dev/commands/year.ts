import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand, wholeNumber } from '../../scripts/command-line';
import { newestPackage, unpackPackage } from '../job-runner/plan/package-file';
import { printTable } from '../measure/numbers';
import { ShiftedClock } from '../year/shifted-clock';
import { Year, type YearSeen } from '../year/year';
import { dist, root } from './folders';

const maxReported = 10;

void runCommand({
  help: `npm run year [-- --days N] [--jobs-a-day N] [--without-renewal]

Days in the life of one issuer, with the packaged tasks in processes whose clock is shifted: every hour a job that
mints, works and revokes, every night a sweep, once a week a renewal. Machines die, and renewals fail for days. Checks
that each job has its token, that no token outlives its day, that no refresh token is lost, and that no secret is in a
log. Needs Debian's program faketime. The services are emulated. All of it takes hours; fewer jobs a day take less.

  --days N            how many days; default 400
  --jobs-a-day N      1 to 24; default 24
  --without-renewal   the same without renewals: from day 90 on no job has a token, and the command fails`,
  options: {
    days: { type: 'string', default: '400' },
    'jobs-a-day': { type: 'string', default: '24' },
    'without-renewal': { type: 'boolean', default: false },
  },
  async run(values) {
    const days = wholeNumber('--days', values.days, [1, 10_000]);
    const jobsADay = wholeNumber('--jobs-a-day', values['jobs-a-day'], [1, 24]);
    const clock = new ShiftedClock();
    const tasksFolder = await unpackPackage(newestPackage(dist));
    const extension = JSON.parse(readFileSync(join(root, 'vss-extension.json'), 'utf8'));
    const renews = !values['without-renewal'];
    const year = await Year.begin(clock, { tasksFolder, extension, jobsADay, renews });
    const started = performance.now();
    try {
      for (let day = 0; day < days; day++) {
        await year.live(day);
        if ((day + 1) % 20 === 0) console.log(`day ${day + 1} of ${days}`);
      }
      return report(year.seen, (performance.now() - started) / 1000);
    } finally {
      await year.close();
      clock.close();
      rmSync(tasksFolder, { recursive: true, force: true });
    }
  },
});

function report(seen: YearSeen, seconds: number): number {
  printTable(['the year', ''], {
    'jobs, each in processes of its own': seen.jobs,
    'tokens minted': seen.minted,
    'left by machines that died': seen.abandoned,
    'revoked by the sweeps': seen.swept,
    'refresh token renewed': seen.renewed.length,
    'renewals that failed or died': seen.notRenewed.length,
    'all together': `${seconds.toFixed(0)} s`,
  });
  if (seen.broken.length === 0) return 0;
  console.error(`\n${seen.broken.length} promises were broken:`);
  for (const promise of seen.broken.slice(0, maxReported)) console.error(`- ${promise}`);
  if (seen.broken.length > maxReported) console.error(`- and ${seen.broken.length - maxReported} more`);
  return 1;
}
