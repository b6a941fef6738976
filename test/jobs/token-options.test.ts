import assert from 'node:assert/strict';
import { runTask } from '../support/job';

// Each scope, lifetime, variable and pool is tried in test/tables.
describe('what a step asks for, in the packaged task', () => {
  it('is a scope, a lifetime and a variable of its own', async () => {
    const variable = '_registration.Token9';
    const { job, main, made, activeAfterJob } = await runTask({
      inputs: { scope: 'deploymentGroup', lifetimeMinutes: '90', variable },
      connection: { data: { allowedScopes: 'agentPool, deploymentGroup,environment' } },
    });
    assert.equal(job.result, 'Succeeded');
    const [{ scope, validFrom, validTo, token } = assert.fail('no token was made')] = made;
    assert.equal(scope, 'vso.machinegroup_manage');
    assert.equal(Math.round((validTo - validFrom) / 60_000), 90);
    assert.ok(main.log.some((line) => line.startsWith('Guarantee') && line.includes(scope)));
    assert.equal(job.secretVariables[variable], token);
    assert.equal(job.secretVariables.AGENT_POOL_TOKEN, undefined);
    assert.deepEqual(activeAfterJob, []);
  });

  it('is a token that outlives its job, and says so', async () => {
    const { job, main, post, made, activeAfterJob, postRequests } = await runTask({
      inputs: { revokeAfterJob: 'false' },
    });
    assert.equal(job.result, 'Succeeded');
    assert.deepEqual(activeAfterJob, made);
    assert.match(made[0]?.displayName ?? '', /^agent-pool-token b\d+ j[0-9a-f]{8} a1k [a-z2-7]{10} /);
    assert.ok(main.log.some((line) => line.startsWith('Guarantee') && /not revoked/i.test(line)));
    assert.deepEqual(postRequests, []);
    assert.equal(post.result, 'Succeeded');
    assert.deepEqual(post.issues, []);
  });
});
