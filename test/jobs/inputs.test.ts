import assert from 'node:assert/strict';
import { assertNothingSent } from '../support/expect';
import { runTask } from '../support/job';

describe('an input that is not valid, in the packaged task', () => {
  it('stands with all others in one message', async () => {
    const outcome = await runTask({
      inputs: {
        scope: 'all',
        lifetimeMinutes: '0',
        variable: 'PATH',
        revokeAfterJob: 'perhaps',
        onRevokeFailure: 'cry',
      },
      connection: { data: { tenantId: '', clientId: 'me' }, secrets: { refreshToken: '' } },
    });
    const names = [
      'scope',
      'lifetimeMinutes',
      'variable',
      'revokeAfterJob',
      'onRevokeFailure',
      'tenantId',
      'clientId',
      'refreshToken',
    ];
    assertNothingSent(outcome, '[a-z-]+-invalid', ...names);
    assert.equal(outcome.main.issues.length, 1);
  });

  it('is no input at all if it is empty, and no organization at all if it is that of the connection', async () => {
    const empty = { scope: '', lifetimeMinutes: '', variable: '', revokeAfterJob: '', onRevokeFailure: '', pool: '' };
    const { job, made } = await runTask(({ organizationUrl }) => ({
      inputs: { ...empty, organizationUrl: `${organizationUrl}/` },
    }));
    assert.equal(job.result, 'Succeeded');
    assert.equal(job.secretVariables.AGENT_POOL_TOKEN, made[0]?.token);
  });
});
