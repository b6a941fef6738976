import assert from 'node:assert/strict';
import type { Fault } from '../../dev/emulator';
import { assertRefused } from '../support/expect';
import { accessTokenInputs, runTask } from '../support/job-in-process';

const unauthorized = (times: number): Fault => ({
  operation: 'pools.list',
  times,
  answer: { status: 401, body: JSON.stringify({ message: 'TF400813: not authorized.', typeKey: 'X' }) },
});

const afterCreating = ['entra.token', 'pats.create'];

describe('a new token that is tried', () => {
  for (const pool of ['Nowhere', 'Private', 'Build']) {
    it(`on a pool that its user cannot see is revoked, and the step fails: ${pool}`, async () => {
      const outcome = await runTask({ inputs: { pool } });
      assertRefused(outcome, 'pool-not-found', `"${pool}"`, 'fabrikam');
      assert.deepEqual(outcome.mainRequests, [...afterCreating, 'pools.list', 'pools.list', 'pats.revoke']);
      assert.equal(outcome.made.length, 1);
      assert.equal(outcome.job.secretVariables.AGENT_POOL_TOKEN, undefined);
    });
  }

  for (const pool of ['ReadOnly', 'UseOnly', 'Azure Pipelines']) {
    it(`on a pool that its user may not manage is revoked, and the step fails: ${pool}`, async () => {
      const outcome = await runTask({ inputs: { pool } });
      assertRefused(outcome, 'pool-not-manageable', `"${pool}"`, 'Administrator');
      assert.deepEqual(outcome.mainRequests, [...afterCreating, 'pools.list', 'pools.list', 'pats.revoke']);
      assert.equal(outcome.made.length, 1);
    });
  }

  it('before it is known everywhere is tried again', async () => {
    const { job, main, mainRequests } = await runTask({ faults: [unauthorized(2)] });
    assert.equal(job.result, 'Succeeded');
    assert.deepEqual(main.issues, []);
    assert.deepEqual(mainRequests, [...afterCreating, 'pools.list', 'pools.list', 'pools.list']);
  });

  it('and never known anywhere is revoked after ten seconds, and the step fails', async () => {
    const outcome = await runTask({
      faults: [unauthorized(100)],
    });
    assertRefused(outcome, 'token-not-accepted', '401');
    assert.equal(outcome.mainRequests.at(-1), 'pats.revoke');
    const tries = outcome.mainRequests.filter((operation) => operation === 'pools.list').length;
    assert.ok(tries >= 4 && tries <= 20, `${tries} tries`);
    assert.deepEqual(outcome.activeAfterJob, []);
  });

  it('and refused outright is revoked, and the step fails with the service’s words', async () => {
    const body = JSON.stringify({
      message: 'Access denied. Needs View permissions.',
      typeKey: 'AccessDeniedException',
    });
    const outcome = await runTask({
      inputs: accessTokenInputs(),
      faults: [{ operation: 'pools.list', answer: { status: 403, body } }],
    });
    assertRefused(outcome, 'token-not-accepted', '403', 'Needs View permissions');
    assert.deepEqual(outcome.mainRequests, ['pats.create', 'pools.list', 'pats.revoke']);
  });

  for (const [name, body] of [
    ['no list', '{"count":1}'],
    ['no JSON', 'pools'],
    ['a list of something', '{"value":"Default"}'],
  ] as const) {
    it(`and answered with ${name} is revoked, and the step fails`, async () => {
      const outcome = await runTask({
        inputs: accessTokenInputs({ pool: 'Default' }),
        faults: [{ operation: 'pools.list', answer: { status: 200, body } }],
      });
      assertRefused(outcome, 'response-malformed');
      assert.deepEqual(outcome.mainRequests, ['pats.create', 'pools.list', 'pats.revoke']);
    });
  }

  it('is not taken for good because of pools of other names', async () => {
    const body = JSON.stringify({ count: 2, value: [{ id: 1, name: 'Default-2' }, { id: 2, name: null }, null] });
    const outcome = await runTask({
      inputs: accessTokenInputs({ pool: 'Default' }),
      faults: [{ operation: 'pools.list', times: 2, answer: { status: 200, body } }],
    });
    assertRefused(outcome, 'pool-not-found');
  });

  it('in an organization without any pool that its user can see is good all the same', async () => {
    const { job } = await runTask(({ state }) => {
      state.pools.length = 0;
      return {};
    });
    assert.equal(job.result, 'Succeeded');
  });
});
