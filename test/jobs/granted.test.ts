import assert from 'node:assert/strict';
import { runTask } from '../support/job';

// A token that is more than was asked for has its job in codes.test.ts, and its table in test/tables.
describe('a token that is less than was asked for', () => {
  it('is accepted where a policy shortens it, with a warning that names both times', async () => {
    const { job, main, made, activeAfterJob } = await runTask(({ state }) => {
      state.policies.maximumLifespanMinutes = 20;
      return {};
    });
    assert.equal(job.result, 'Succeeded');
    assert.equal(main.result, 'Succeeded');
    const { validFrom = 0, validTo = 0 } = made[0] ?? {};
    assert.equal(Math.round((validTo - validFrom) / 60_000), 20);
    assert.equal(main.issues.length, 1);
    const [{ type, message } = { type: '', message: '' }] = main.issues;
    assert.equal(type, 'warning');
    const times = [...message.matchAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g)].map(([time]) => Date.parse(time));
    assert.equal(times.length, 2);
    const granted = Date.parse(job.outputs.mint?.expiresOn ?? '');
    assert.ok(Math.abs(granted - validTo) < 1000);
    assert.ok(times.includes(granted));
    assert.ok(times.some((time) => Math.abs(time - validFrom - 60 * 60_000) < 5000));
    assert.ok(
      main.log.some((line) => line.startsWith('Guarantee') && line.includes(job.outputs.mint?.expiresOn ?? '-')),
    );
    assert.deepEqual(activeAfterJob, []);
  });
});
