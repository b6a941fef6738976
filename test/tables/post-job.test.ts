import assert from 'node:assert/strict';
import type { Fault, Services } from '../../dev/emulator';
import { assertFails, assertQuiet, assertWarns } from '../support/expect';
import { accessTokenInputs, runTask } from '../support/job-in-process';

const refusedRevocation: Fault = {
  operation: 'pats.revoke',
  times: 10,
  answer: { status: 403, body: JSON.stringify({ message: 'You may not do this.', typeKey: 'AccessDeniedException' }) },
};

/** Stories of post that need nothing of an agent; the others are in test/jobs. */
describe('the post-job', () => {
  it('has nothing to do where the step failed and has already revoked its token', async () => {
    const { main, post, made, activeAfterMain } = await runTask({ inputs: { pool: 'Nowhere' } });
    assertFails(main, 'pool-not-found');
    assert.equal(made.length, 1);
    assert.deepEqual(activeAfterMain, []);
    assertQuiet(post);
  });

  it('does what the step could not: revoke the token that it had to give up', async () => {
    const { main, post, activeAfterMain, activeAfterJob, made } = await runTask({
      inputs: { pool: 'Nowhere' },
      faults: [{ ...refusedRevocation, times: 1 }],
    });
    assertFails(main, 'pool-not-found');
    assert.ok(
      main.issues.some(({ type, message }) => type === 'warning' && message.includes(made[0]?.displayName ?? '')),
    );
    assert.equal(activeAfterMain.length, 1);
    assert.equal(post.result, 'Succeeded');
    assert.deepEqual(activeAfterJob, []);
  });

  it('signs in afresh: the access token of the beginning may have expired', async () => {
    const { post, activeAfterJob, requests } = await runTask({
      inputs: { lifetimeMinutes: '1440' },
      afterMain: ({ state }) => state.clock.advance(5 * 60 * 60_000),
    });
    assert.equal(post.result, 'Succeeded');
    assert.deepEqual(activeAfterJob, []);
    const bearers = requests
      .filter(({ operation }) => operation.startsWith('pats.'))
      .map(({ headers }) => headers.authorization);
    assert.equal(new Set(bearers).size, 2);
  });

  it('sends the revocation although the token looks expired', async () => {
    const { post, postRequests, made } = await runTask({
      afterMain: ({ state }) => state.clock.advance(3 * 60 * 60_000),
    });
    assert.equal(post.result, 'Succeeded');
    assert.deepEqual(postRequests, ['entra.token', 'pats.revoke']);
    assert.equal(made[0]?.revoked, true);
  });

  describe('that cannot revoke', () => {
    const signOut = ({ state }: Services) => {
      for (const refreshToken of state.refreshTokens) refreshToken.revoked = true;
    };

    it('fails if onRevokeFailure says so', async () => {
      const { job, post, made } = await runTask({ inputs: { onRevokeFailure: 'fail' }, faults: [refusedRevocation] });
      assertFails(post, 'revoke-failed', made[0]?.displayName ?? '', made[0]?.authorizationId ?? '');
      assert.equal(job.result, 'Failed');
    });

    it('says why the sign-in failed', async () => {
      const { post, postRequests, made } = await runTask({ afterMain: signOut });
      assertWarns(post, 'revoke-failed', made[0]?.displayName ?? '', /AADSTS50173/);
      assert.deepEqual(postRequests, ['entra.token']);
    });

    it('says why an access token is not accepted any more', async () => {
      const { post, made } = await runTask({
        inputs: accessTokenInputs({ onRevokeFailure: 'fail', lifetimeMinutes: '1440' }),
        afterMain: ({ state }) => state.clock.advance(3 * 60 * 60_000),
      });
      assertFails(post, 'revoke-failed', made[0]?.displayName ?? '', made[0]?.authorizationId ?? '');
    });
  });
});
