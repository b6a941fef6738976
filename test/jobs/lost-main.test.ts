import assert from 'node:assert/strict';
import type { Emulator, Phase } from '../../dev/emulator';
import type { JobOptions } from '../../dev/job-runner';
import { type Outcome, runTask, type TaskRun } from '../support/job';
import { signalIfAlive } from '../support/signal-if-alive';

type OnCommand = NonNullable<JobOptions['onCommand']>;

/** A step whose process is killed outright when the services are at this point of a request. */
function killedAt(operation: string, phase: Phase): (emulator: Emulator) => TaskRun {
  return (emulator) => {
    let processId: number | undefined;
    const onCommand: OnCommand = (_command, stage) => {
      if (stage.stage === 'main') processId = stage.processId;
    };
    emulator.onRequest = async (request, at) => {
      if (request.operation !== operation || at !== phase || !processId) return;
      signalIfAlive(processId, 'SIGKILL');
      // The post-job is another process, which must not be hit.
      emulator.onRequest = undefined;
    };
    return { options: { onCommand } };
  };
}

function assertCleanedUp({ job, main, post, activeAfterJob }: Outcome): void {
  assert.equal(main.result, 'Failed');
  assert.equal(main.exitCode, null);
  assert.equal(job.result, 'Failed');
  assert.equal(post.result, 'Succeeded');
  assert.deepEqual(post.issues, []);
  assert.deepEqual(activeAfterJob, []);
}

// Each line that it writes, and each request, has its turn in crash-points.test.ts; what post does is here.
describe('a step whose process dies', () => {
  it('before it signed in has its post-job look by name, and find nothing', async () => {
    const outcome = await runTask(killedAt('entra.token', 'arrived'));
    assertCleanedUp(outcome);
    assert.deepEqual(outcome.made, []);
    assert.deepEqual(outcome.postRequests, ['entra.token', 'pats.list']);
  });

  for (const phase of ['arrived', 'effected'] as const) {
    it(`when its request for a token has ${phase} has the token found by name and revoked`, async () => {
      const outcome = await runTask(killedAt('pats.create', phase));
      assertCleanedUp(outcome);
      assert.equal(outcome.made.length, 1);
      assert.equal(outcome.activeAfterMain.length, 1);
      assert.deepEqual(outcome.postRequests, ['entra.token', 'pats.list', 'pats.revoke']);
      assert.ok(outcome.post.log.some((line) => line.includes(outcome.made[0]?.displayName ?? '')));
    });
  }

  it('when it knows the id has the token revoked by id', async () => {
    const outcome = await runTask(killedAt('pools.list', 'arrived'));
    assertCleanedUp(outcome);
    assert.equal(outcome.activeAfterMain.length, 1);
    assert.deepEqual(outcome.postRequests, ['entra.token', 'pats.revoke']);
  });

  it('in a job that is cancelled while a token is made has it found and revoked', async () => {
    const cancelling = new AbortController();
    const { job, main, post, made, activeAfterJob } = await runTask((emulator) => {
      emulator.onRequest = (request, phase) => {
        if (request.operation === 'pats.create' && phase === 'arrived') setTimeout(() => cancelling.abort(), 100);
      };
      return {
        faults: [{ operation: 'pats.create', when: 'after', answer: { hang: true } }],
        options: { cancel: cancelling.signal },
      };
    });
    assert.equal(job.result, 'Canceled');
    assert.equal(main.result, 'Canceled');
    assert.equal(post.result, 'Succeeded');
    assert.equal(made.length, 1);
    assert.deepEqual(activeAfterJob, []);
  });

  it('in a step that takes too long has its token found and revoked', async () => {
    const { job, main, made, activeAfterJob } = await runTask({
      step: { timeoutInMinutes: 0.03 },
      faults: [{ operation: 'pats.create', when: 'after', answer: { hang: true } }],
    });
    assert.equal(job.result, 'Failed');
    assert.equal(main.result, 'Failed');
    assert.equal(made.length, 1);
    assert.deepEqual(activeAfterJob, []);
  });

  it('has its token found behind a hundred others', async () => {
    const many = (emulator: Emulator) => {
      const now = emulator.state.clock.now();
      for (let index = 0; index < 250; index++) {
        emulator.state.pats.push({
          authorizationId: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
          displayName: `somebody’s ${index}`,
          scope: 'vso.code',
          targetAccounts: [emulator.state.organizationId],
          token: `${index}`.padEnd(84, 'x'),
          validFrom: now,
          validTo: now + 60_000 * 60 * 24 * 30 + index,
          userOid: emulator.state.users.default.oid,
          revoked: false,
        });
      }
    };
    const { post, made, activeAfterJob, postRequests } = await runTask((emulator) => {
      many(emulator);
      return killedAt('pats.create', 'effected')(emulator);
    });
    assert.equal(post.result, 'Succeeded');
    assert.equal(made.length, 251);
    assert.deepEqual(postRequests, ['entra.token', 'pats.list', 'pats.list', 'pats.list', 'pats.revoke']);
    assert.equal(activeAfterJob.length, 250);
    assert.ok(activeAfterJob.every(({ displayName }) => displayName.startsWith('somebody')));
  });

  it('is looked after by the next attempt, where the step is run again', async () => {
    const { main, made, activeAfterMain, activeAfterJob, job } = await runTask((emulator) => ({
      ...killedAt('pats.create', 'effected')(emulator),
      step: { retryCountOnTaskFailure: 1 },
    }));
    assert.equal(main.attempts, 2);
    assert.equal(main.result, 'Succeeded');
    assert.equal(made.length, 2);
    assert.deepEqual(activeAfterMain, made.slice(1));
    assert.deepEqual(activeAfterJob, []);
    assert.equal(job.result, 'Succeeded');
  });
});
