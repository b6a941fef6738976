import assert from 'node:assert/strict';
import type { Emulator } from '../../../dev/emulator';
import { issuerId, runTask } from '../../support/job';

const laptop = 'laptop of somebody';
const ofOtherJob = 'agent-pool-token b99 jffffffff a1 abcdefghij Nightly';
const nameless = 'agent-pool-token b99 jffffffff a1 bcdefghijk Nightly';

/** Tokens of the user that no step of this job made; returns their ids. */
function addStrangers(emulator: Emulator): string[] {
  const { pats, clock, organizationId, users } = emulator.state;
  return [laptop, ofOtherJob, nameless].map((displayName, index) => {
    const authorizationId = `aaaaaaaa-0000-4000-8000-00000000000${index}`;
    pats.push({
      displayName,
      authorizationId,
      scope: 'vso.agentpools_manage',
      targetAccounts: [organizationId],
      token: `the-token-of-somebody-else-${index}`.padEnd(84, 'x'),
      validFrom: clock.now() - 60_000,
      validTo: clock.now() + 3_600_000,
      userOid: users.default.oid,
      revoked: false,
    });
    return authorizationId;
  });
}

/** A lease as main writes it, with tokens that an attacker chose. */
function leaseOf({ url, state }: Emulator, tokens: object[]): string {
  return JSON.stringify({
    organization: `${url}/${state.organization}`,
    connection: issuerId,
    revoke: true,
    onRevokeFailure: 'warn',
    tokens,
  });
}

const lease = 'VSTS_TASKVARIABLE_AGENTPOOLTOKENLEASE';

describe('what the owner of a connection and the agent decide, no env of a step decides', function () {
  this.timeout(120_000);

  it('no lease: an id that is none is sent nowhere, and sets no variable', async () => {
    const { job, requests, activeAfterJob } = await runTask((emulator) => {
      const id = 'aaaaaaaa-0000-4000-8000-000000000001\n##vso[task.setvariable variable=x]y';
      const text = leaseOf(emulator, [{ name: ofOtherJob, id }]);
      return { step: { env: { [lease]: text, Vsts_TaskVariable_agentPoolTokenLease: text } } };
    });
    assert.ok(requests.every(({ query }) => !JSON.stringify(query).includes('aaaaaaaa-0000')));
    assert.equal(job.variables.x, undefined);
    assert.deepEqual(activeAfterJob, []);
  });

  for (const condition of ['succeeded()', 'failed()']) {
    const when = condition === 'failed()' ? 'where main never runs' : 'where main runs';
    it(`no lease, however well-formed: the tokens of others that it names stay alive, ${when}`, async () => {
      let ids: string[] = [];
      const { activeAfterJob, post } = await runTask((emulator) => {
        ids = addStrangers(emulator);
        const tokens = [{ name: ofOtherJob, id: ids[1] }, { name: nameless }];
        return { step: { condition, env: { [lease]: leaseOf(emulator, tokens) } } };
      });
      assert.deepEqual(
        activeAfterJob.map(({ authorizationId }) => authorizationId),
        ids,
      );
      assert.match(post.message ?? '', /\(lease-mismatch\)$/);
    });

    it(`no lease that names this job: an id of another token stays alive, ${when}`, async () => {
      let ids: string[] = [];
      const { activeAfterJob, post } = await runTask((emulator) => {
        ids = addStrangers(emulator);
        const name = 'agent-pool-token b4711 j12f1170f a1 abcdefghij agents';
        return { step: { condition, env: { [lease]: leaseOf(emulator, [{ name, id: ids[0] }]) } } };
      });
      assert.deepEqual(
        activeAfterJob.map(({ authorizationId }) => authorizationId),
        ids,
      );
      assert.match(post.message ?? '', /\(lease-mismatch\)$/);
    });
  }

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
