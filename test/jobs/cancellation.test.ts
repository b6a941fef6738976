import assert from 'node:assert/strict';
import type { Operation } from '../../dev/emulator';
import { assertFails } from '../support/expect';
import { fastTime } from '../support/fast-time';
import { type Outcome, type Plan, runTask, runTasks, sweepAfter } from '../support/job';
import { signalIfAlive } from '../support/signal-if-alive';

/** A job that is cancelled when a request of this kind has arrived, which the service then takes its time to answer. */
function cancelledDuring(operation: Operation, when: 'before' | 'after' = 'before'): Plan {
  return (emulator) => {
    const cancel = new AbortController();
    emulator.plan({ operation, when, answer: { hang: true } });
    emulator.onRequest = (record, phase) => {
      if (record.operation === operation && phase === 'arrived') setTimeout(() => cancel.abort(), 50);
    };
    return {
      options: {
        cancel: cancel.signal,
        cancelTimings: { sigintMs: 5000, sigtermMs: 2500 },
        processEnvironment: fastTime(5),
      },
    };
  };
}

function assertStopped({ job, main, activeAfterJob }: Outcome): void {
  assert.equal(job.result, 'Canceled');
  assert.equal(main.exitCode, 0, 'main ended by itself, within the time of the first signal');
  assert.match(main.message ?? '', /was cancelled\..*\(cancelled\)$/);
  assert.ok(main.log.some((line) => /This step was cancelled: it asks for nothing more/.test(line)));
  assert.deepEqual(activeAfterJob, []);
}

describe('a job that is cancelled while its token is minted', function () {
  this.timeout(300_000);
  let outcomes: Record<'signing in' | 'creating' | 'created' | 'probing', Outcome>;

  before(async () => {
    outcomes = await runTasks({
      'signing in': cancelledDuring('entra.token'),
      creating: cancelledDuring('pats.create'),
      created: cancelledDuring('pats.create', 'after'),
      probing: cancelledDuring('pools.list'),
    });
  });

  it('stops asking while it signs in, and leaves nothing to do', () => {
    assertStopped(outcomes['signing in']);
    assert.deepEqual(outcomes['signing in'].mainRequests, ['entra.token']);
    assert.deepEqual(outcomes['signing in'].postRequests, []);
  });

  it('stops asking while it waits for a token that is never made, and has post look for it', () => {
    assertStopped(outcomes.creating);
    assert.deepEqual(outcomes.creating.mainRequests, ['entra.token', 'pats.create']);
    // Every three seconds until thirty after the request.
    const [signIn, ...looks] = outcomes.creating.postRequests;
    assert.equal(signIn, 'entra.token');
    assert.deepEqual([...new Set(looks)], ['pats.list']);
    assert.ok(looks.length >= 5 && looks.length <= 12, `${looks.length} looks`);
    assert.equal(outcomes.creating.post.result, 'Succeeded');
  });

  it('has post revoke a token by its name that was minted when main no longer waited for the answer', () => {
    assertStopped(outcomes.created);
    assert.equal(outcomes.created.activeAfterMain.length, 1);
    assert.deepEqual(outcomes.created.postRequests, ['entra.token', 'pats.list', 'pats.revoke']);
  });

  it('has post revoke a token by its id that was not handed over yet', () => {
    assertStopped(outcomes.probing);
    assert.equal(outcomes.probing.activeAfterMain.length, 1);
    assert.deepEqual(outcomes.probing.postRequests, ['entra.token', 'pats.revoke']);
    assert.equal(outcomes.probing.job.secretVariables.AGENT_POOL_TOKEN, undefined);
  });
});

describe('a step that gets the second signal alone', () => {
  it('stops asking, says so, and leaves what post needs', async () => {
    const { main, post, mainRequests, activeAfterMain, activeAfterJob } = await runTask((emulator) => {
      let processId: number | undefined;
      emulator.plan({ operation: 'pats.create', when: 'after', answer: { hang: true } });
      emulator.onRequest = (record, phase) => {
        if (record.operation === 'pats.create' && phase === 'effected' && processId)
          signalIfAlive(processId, 'SIGTERM');
      };
      return {
        options: {
          onCommand: (_command, stage) => {
            if (stage.stage === 'main') processId = stage.processId;
          },
        },
      };
    });
    assert.equal(main.exitCode, 0);
    assertFails(main, 'cancelled');
    assert.deepEqual(mainRequests, ['entra.token', 'pats.create']);
    assert.equal(activeAfterMain.length, 1);
    assert.equal(post.result, 'Succeeded');
    assert.deepEqual(activeAfterJob, []);
  });
});

describe('a post-job step that is asked to stop', () => {
  it('goes on revoking, and says so', async () => {
    const outcome = await runTask((emulator) => {
      let processId: number | undefined;
      emulator.plan({ operation: 'pats.revoke', answer: { delayMs: 300 } });
      emulator.onRequest = (record, phase) => {
        if (record.operation === 'pats.revoke' && phase === 'arrived' && processId) {
          signalIfAlive(processId, 'SIGINT');
          signalIfAlive(processId, 'SIGTERM');
        }
      };
      return {
        options: {
          onCommand: (_command, stage) => {
            if (stage.stage === 'post') processId = stage.processId;
          },
        },
      };
    });
    assert.equal(outcome.post.result, 'Succeeded');
    assert.equal(outcome.post.exitCode, 0);
    assert.ok(outcome.post.log.some((line) => /was cancelled: it still revokes/.test(line)));
    assert.deepEqual(outcome.activeAfterJob, []);
  });

  it('is killed with its worker on a service that never answers, and leaves its token to a sweep', async () => {
    const outcome = await runTask((emulator) => {
      const cancel = new AbortController();
      emulator.plan({ operation: 'pats.revoke', answer: { hang: true } });
      emulator.onRequest = (record, phase) => {
        if (record.operation === 'pats.revoke' && phase === 'arrived') cancel.abort();
      };
      return {
        options: { cancel: cancel.signal, cancelTimings: { sigintMs: 200, sigtermMs: 200, budgetMs: 300 } },
        afterJob: async (services, job) => {
          services.onRequest = undefined;
          await sweepAfter(services, job);
        },
      };
    });
    assert.equal(outcome.main.result, 'Succeeded');
    assert.equal(outcome.post.exitCode, null);
    assert.equal(outcome.activeAfterJob.length, 1);
    assert.deepEqual(outcome.activeAtEnd, []);
  });
});
