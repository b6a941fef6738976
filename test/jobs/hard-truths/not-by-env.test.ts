import assert from 'node:assert/strict';
import { runTask } from '../../support/job';

const stranger = 'aaaaaaaa-0000-4000-8000-000000000001';

describe('what the owner of a connection and the agent decide, no env of a step decides', () => {
  it('no lease: the tokens that it names stay alive', async () => {
    const lease = JSON.stringify({
      tokens: [{ name: 'of somebody', id: `${stranger}\n##vso[task.setvariable variable=x]y` }],
    });
    const { job, requests, activeAfterJob } = await runTask({
      step: { env: { VSTS_TASKVARIABLE_AGENTPOOLTOKENLEASE: lease, Vsts_TaskVariable_agentPoolTokenLease: lease } },
    });
    assert.ok(requests.every(({ query }) => !JSON.stringify(query).includes(stranger)));
    assert.equal(job.variables.x, undefined);
    assert.deepEqual(activeAfterJob, []);
  });

  it('no variable, where target.settableVariables is none: a token that is to be kept is revoked', async () => {
    const { post, made, activeAfterJob } = await runTask({
      inputs: { revokeAfterJob: 'false' },
      step: { target: { settableVariables: 'none' } },
    });
    assert.equal(made.length, 1);
    assert.deepEqual(activeAfterJob, []);
    assert.ok(post.issues.some(({ message }) => /settableVariables/.test(message)));
  });
});
