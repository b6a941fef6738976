import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ShiftedClock } from '../../../dev/year/shifted-clock';
import { Year, type YearSeen } from '../../../dev/year/year';
import { unpackedExtension } from '../../support/extension';
import { sideBySide } from '../../support/side-by-side';

const extension = JSON.parse(readFileSync(join(__dirname, '..', '..', '..', 'vss-extension.json'), 'utf8'));

/** What becomes of these days, with one job on each. */
async function live(days: number[], { renews }: { renews: boolean }): Promise<YearSeen> {
  const clock = new ShiftedClock();
  const year = await Year.begin(clock, { tasksFolder: await unpackedExtension(), extension, jobsADay: 1, renews });
  try {
    for (const day of days) await year.live(day);
    return year.seen;
  } finally {
    await year.close();
    clock.close();
  }
}

sideBySide('some days of the year that npm run year lets pass', 2, (test) => {
  test('have a token for every job, where a renewal is refused and another dies', async () => {
    const seen = await live([0, 7, 14, 50, 51], { renews: true });
    assert.deepEqual(seen.broken, []);
    assert.deepEqual(
      [seen.renewed, seen.notRenewed],
      [
        [7, 51],
        [14, 50],
      ],
    );
    assert.deepEqual([seen.jobs, seen.minted, seen.abandoned, seen.swept], [5, 5, 1, 1]);
  });

  test('have none from day 90 on, where nothing is renewed', async () => {
    const { broken } = await live([89, 90], { renews: false });
    assert.match(broken[0] ?? '', /^day 90: a job is without its token: .* \(sign-in-expired\)$/);
    assert.equal(broken.length, 2, broken.join('\n'));
  });
});
