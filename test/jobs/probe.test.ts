import assert from 'node:assert/strict';
import type { Fault } from '../../dev/emulator';
import { assertRefused } from '../support/expect';
import { fastTime } from '../support/fast-time';
import { runTask } from '../support/job';

const unauthorized = (times: number): Fault => ({
  operation: 'pools.list',
  times,
  answer: { status: 401, body: JSON.stringify({ message: 'TF400813: not authorized.', typeKey: 'X' }) },
});

const afterCreating = ['entra.token', 'pats.create'];

// Other pools and other answers are tried in test/tables.
describe('a new token that is tried, in the packaged task', () => {
  it('on a pool that its user cannot see is revoked, and the step fails', async () => {
    const outcome = await runTask({ inputs: { pool: 'Nowhere' } });
    assertRefused(outcome, 'pool-not-found', '"Nowhere"', 'fabrikam');
    assert.deepEqual(outcome.mainRequests, [...afterCreating, 'pools.list', 'pools.list', 'pats.revoke']);
    assert.equal(outcome.made.length, 1);
    assert.equal(outcome.job.secretVariables.AGENT_POOL_TOKEN, undefined);
  });

  it('on a pool that its user may not manage is revoked, and the step fails', async () => {
    const outcome = await runTask({ inputs: { pool: 'ReadOnly' } });
    assertRefused(outcome, 'pool-not-manageable', '"ReadOnly"', 'Administrator');
    assert.deepEqual(outcome.mainRequests, [...afterCreating, 'pools.list', 'pools.list', 'pats.revoke']);
    assert.equal(outcome.made.length, 1);
  });

  it('and never known anywhere is revoked after ten seconds, and the step fails', async () => {
    const outcome = await runTask({
      faults: [unauthorized(100)],
      options: { processEnvironment: fastTime() },
    });
    assertRefused(outcome, 'token-not-accepted', '401');
    assert.equal(outcome.mainRequests.at(-1), 'pats.revoke');
    const tries = outcome.mainRequests.filter((operation) => operation === 'pools.list').length;
    assert.ok(tries >= 4 && tries <= 20, `${tries} tries`);
    assert.deepEqual(outcome.activeAfterJob, []);
  });
});
