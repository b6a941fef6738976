import assert from 'node:assert/strict';
import { assertQuiet } from '../support/expect';
import { type Outcome, runTask } from '../support/job-in-process';

const scopes = {
  agentPool: 'vso.agentpools_manage',
  deploymentGroup: 'vso.machinegroup_manage',
  environment: 'vso.environment_manage',
};
const everyScope = { data: { allowedScopes: 'agentPool, deploymentGroup,environment' } };

function minutesOf({ made: [pat] }: Outcome): number {
  return Math.round(((pat?.validTo ?? 0) - (pat?.validFrom ?? 0)) / 60_000);
}

describe('what a step asks for', () => {
  for (const [scope, vso] of Object.entries(scopes)) {
    it(`is the scope ${scope}`, async () => {
      const { job, main, made, activeAfterJob } = await runTask({ inputs: { scope }, connection: everyScope });
      assert.equal(job.result, 'Succeeded');
      assert.deepEqual(
        made.map((pat) => pat.scope),
        [vso],
      );
      assert.ok(main.log.some((line) => line.startsWith('Guarantee') && line.includes(vso)));
      assert.deepEqual(activeAfterJob, []);
    });
  }

  for (const lifetimeMinutes of ['5', '90', '1440']) {
    it(`is a lifetime of ${lifetimeMinutes} minutes`, async () => {
      const outcome = await runTask({ inputs: { lifetimeMinutes } });
      assert.equal(outcome.job.result, 'Succeeded');
      assert.deepEqual(outcome.main.issues, []);
      assert.equal(minutesOf(outcome), Number(lifetimeMinutes));
    });
  }

  it('is an hour if nothing is said', async () => {
    assert.equal(minutesOf(await runTask()), 60);
  });

  it('is as much as the connection allows, to the minute', async () => {
    const outcome = await runTask({
      inputs: { lifetimeMinutes: '45' },
      connection: { data: { maxLifetimeMinutes: '45' } },
    });
    assert.equal(outcome.job.result, 'Succeeded');
    assert.equal(minutesOf(outcome), 45);
  });

  for (const variable of ['_registration.Token9', 'SystemToken', 'a'.repeat(128)]) {
    it(`is a variable named ${variable.slice(0, 20)}`, async () => {
      const { job, made } = await runTask({ inputs: { variable } });
      assert.equal(job.result, 'Succeeded');
      assert.equal(job.secretVariables[variable], made[0]?.token);
      assert.equal(job.secretVariables.AGENT_POOL_TOKEN, undefined);
    });
  }

  for (const pool of ['Build-Linux', 'build-linux']) {
    it(`is a pool: ${pool}`, async () => {
      const { job, main, requests, mainRequests } = await runTask({ inputs: { pool } });
      assert.equal(job.result, 'Succeeded');
      assert.deepEqual(main.issues, []);
      assert.deepEqual(mainRequests, ['entra.token', 'pats.create', 'pools.list']);
      const query = requests.find(({ operation }) => operation === 'pools.list')?.query;
      assert.deepEqual(query, { poolName: pool, actionFilter: 'manage', 'api-version': '7.1' });
    });
  }

  it('is one pool of any, if none is named', async () => {
    const { requests } = await runTask();
    const query = requests.find(({ operation }) => operation === 'pools.list')?.query;
    assert.deepEqual(query, { $top: '1', 'api-version': '7.1' });
  });

  it('is booleans in any case', async () => {
    const { job, activeAfterJob } = await runTask({ inputs: { revokeAfterJob: 'True' } });
    assert.equal(job.result, 'Succeeded');
    assert.deepEqual(activeAfterJob, []);
  });

  it('is not the token of a job that failed to hand it over: that is revoked even if it was to be kept', async () => {
    const { main, post, made, activeAfterJob } = await runTask({
      inputs: { revokeAfterJob: 'false', pool: 'Nowhere' },
    });
    assert.equal(main.result, 'Failed');
    assert.equal(made.length, 1);
    assert.deepEqual(activeAfterJob, []);
    assertQuiet(post);
  });
});
