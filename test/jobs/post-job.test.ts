import assert from 'node:assert/strict';
import type { Fault } from '../../dev/emulator';
import { assertFails, assertWarns } from '../support/expect';
import { accessTokenInputs, failingStep, mintStep, type Outcome, runTask, userToken } from '../support/job';
import { signalIfAlive } from '../support/signal-if-alive';

const refusedRevocation: Fault = {
  operation: 'pats.revoke',
  times: 10,
  answer: { status: 403, body: JSON.stringify({ message: 'You may not do this.', typeKey: 'AccessDeniedException' }) },
};

const sleeping = { bash: 'exec sleep 30', displayName: 'Later' };

function startOf(name: string, then: () => void): (line: string) => void {
  return (line) => {
    if (line === `##[section]Starting: ${name}`) then();
  };
}

describe('the post-job', () => {
  describe('after steps that change every variable, and then fail', () => {
    let outcome: Outcome;

    before(async () => {
      const changed = {
        minutes: 'soon',
        scope: 'everything',
        pool: 'x'.repeat(300),
        revoke: 'false',
        'AGENT_POOL_TOKEN;issecret=true': 'something-else',
      };
      const lines = Object.entries(changed).map(
        ([name, value]) => `echo "##vso[task.setvariable variable=${name}]${value}"`,
      );
      outcome = await runTask({
        inputs: { lifetimeMinutes: '$(minutes)', scope: '$(scope)', pool: '$(pool)', revokeAfterJob: '$(revoke)' },
        stepsAfter: [{ bash: lines.join('\n') }, failingStep],
        options: { variables: { minutes: '30', scope: 'agentPool', pool: 'Default', revoke: 'true' } },
      });
    });

    it('revokes the token of the job, although a step failed', () => {
      const { job, post, made, activeAfterMain, activeAfterJob } = outcome;
      assert.equal(job.result, 'Failed');
      assert.deepEqual([post.result, post.issues], ['Succeeded', []]);
      assert.deepEqual(activeAfterMain, made);
      assert.equal(made.length, 1);
      assert.deepEqual(activeAfterJob, []);
    });

    it('needs no input but those that revoking needs', () => {
      const { minutes, scope, pool } = outcome.job.variables;
      assert.deepEqual([minutes, scope, pool], ['soon', 'everything', 'x'.repeat(300)]);
    });

    it('goes by the step that minted, whose input says otherwise now', () => {
      assert.equal(outcome.job.variables.revoke, 'false');
    });

    it('belongs to a token that was handed over: the variable still holds it, and the job may overwrite it', () => {
      assert.equal(outcome.job.secretVariables.AGENT_POOL_TOKEN, 'something-else');
    });
  });

  it('revokes the token of a job that is cancelled', async () => {
    const cancelling = new AbortController();
    const { job, made, post, activeAfterJob } = await runTask({
      stepsAfter: [sleeping],
      options: { cancel: cancelling.signal, onLine: startOf('Later', () => cancelling.abort()) },
    });
    assert.equal(job.result, 'Canceled');
    assert.equal(post.result, 'Succeeded');
    assert.equal(made.length, 1);
    assert.deepEqual(activeAfterJob, []);
  });

  it('revokes the token of a job that takes too long', async () => {
    const { job, made, activeAfterJob } = await runTask({
      stepsAfter: [sleeping],
      jobKeys: { timeoutInMinutes: 0.04 },
    });
    assert.equal(job.result, 'Canceled');
    assert.equal(made.length, 1);
    assert.deepEqual(activeAfterJob, []);
  });

  it('revokes the tokens of all steps of a job, each its own by a name of its own', async () => {
    const steps = [mintStep({ variable: 'SECOND' }), mintStep(accessTokenInputs({ variable: 'THIRD' }))];
    const { job, made, activeAfterMain, activeAfterJob, requests } = await runTask({ stepsAfter: steps });
    assert.equal(job.result, 'Succeeded');
    assert.equal(new Set(made.map(({ displayName }) => displayName)).size, 3);
    assert.equal(activeAfterMain.length, 1);
    const { AGENT_POOL_TOKEN, SECOND, THIRD } = job.secretVariables;
    assert.deepEqual(
      [AGENT_POOL_TOKEN, SECOND, THIRD],
      made.map(({ token }) => token),
    );
    assert.deepEqual(activeAfterJob, []);
    const revoked = requests
      .filter(({ operation }) => operation === 'pats.revoke')
      .map(({ query }) => query.authorizationId);
    assert.deepEqual(revoked, made.map(({ authorizationId }) => authorizationId).reverse());
  });

  describe('that cannot revoke', () => {
    it('ends with issues by default, and names token, id and expiry', async () => {
      const { job, post, made, activeAfterJob } = await runTask({ faults: [refusedRevocation] });
      const { displayName = '', authorizationId = '' } = made[0] ?? {};
      assertWarns(
        post,
        'revoke-failed',
        displayName,
        authorizationId,
        job.outputs.mint?.expiresOn ?? '-',
        'You may not do this',
      );
      assert.equal(job.result, 'SucceededWithIssues');
      assert.equal(activeAfterJob.length, 1);
    });

    it('fails as main read it, although a later step changed the variable of that input', async () => {
      const { post } = await runTask({
        inputs: { onRevokeFailure: '$(failure)' },
        stepsAfter: [{ bash: 'echo "##vso[task.setvariable variable=failure]never"' }],
        options: { variables: { failure: 'fail' } },
        faults: [refusedRevocation],
      });
      assertFails(post, 'revoke-failed');
    });
  });

  describe('of a step that is run again after a failure', () => {
    const again = { retryCountOnTaskFailure: 1 };
    // The first attempt mints and dies before it is answered about the pool, which this process does not do meanwhile; the
    // second one is left alone.
    const killFirstAttempt = {
      onCommand: (
        command: { event: string; data: string },
        stage: { stage: string; attempt: number; processId: number | undefined },
      ) => {
        const minted = command.event === 'settaskvariable' && command.data.includes('"expiresOn"');
        if (minted && stage.attempt === 1 && stage.processId) signalIfAlive(stage.processId, 'SIGKILL');
      },
    };

    it('has one token to revoke: the earlier attempt’s was revoked first', async () => {
      const { job, main, made, activeAfterMain, activeAfterJob, mainRequests } = await runTask({
        step: again,
        options: killFirstAttempt,
      });
      assert.equal(main.attempts, 2);
      assert.equal(main.result, 'Succeeded');
      assert.deepEqual(activeAfterMain, made.slice(1));
      assert.equal(job.secretVariables.AGENT_POOL_TOKEN, made[1]?.token);
      assert.deepEqual(mainRequests.slice(-5), ['entra.token', 'pats.get', 'pats.revoke', 'pats.create', 'pools.list']);
      assert.deepEqual(activeAfterJob, []);
    });

    it('has the first token to revoke if the second attempt could not', async () => {
      const { main, made, activeAfterMain, activeAfterJob } = await runTask({
        step: again,
        options: killFirstAttempt,
        faults: [{ ...refusedRevocation, times: 1 }],
      });
      assertFails(main, 'revoke-failed', made[0]?.displayName ?? '', made[0]?.authorizationId ?? '');
      assert.equal(made.length, 1);
      assert.equal(activeAfterMain.length, 1);
      assert.deepEqual(activeAfterJob, []);
    });
  });

  it('may use another access token of the same user', async () => {
    const { post, activeAfterJob } = await runTask((emulator) => ({
      inputs: accessTokenInputs(),
      stepsAfter: [
        {
          bash: `echo "##vso[task.setvariable variable=${userToken};issecret=true]$FRESH"`,
          env: { FRESH: '$(FRESH_TOKEN)' },
        },
      ],
      options: { secretVariables: { FRESH_TOKEN: emulator.userAccessToken() } },
    }));
    assert.equal(post.result, 'Succeeded');
    assert.deepEqual(activeAfterJob, []);
  });
});
