import assert from 'node:assert/strict';
import type { Emulator } from '../../../dev/emulator';
import { fastTime } from '../../support/fast-time';
import { runTask } from '../../support/job';
import { sideBySide } from '../../support/side-by-side';
import { signalIfAlive } from '../../support/signal-if-alive';

/** Slow enough that post looks before a token of 27 s is there. */
const speed = 10;

/** Waits until every request for a token has taken effect: what appears after the job would be alive. */
async function effectOf(count: number, { state }: Emulator): Promise<void> {
  for (let tries = 0; state.pats.length < count && tries < 100; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal(state.pats.length, count, 'the request took effect');
}

// Every other second is tried in test/tables.
sideBySide('a token that is made after its request is given up', 2, (test) => {
  for (const seconds of [6, 27]) {
    test(`${seconds} s after a gateway answered 503 is found and revoked`, async () => {
      const { main, post, activeAtEnd } = await runTask({
        faults: [{ operation: 'pats.create', effectAfterMs: (seconds * 1000) / speed, answer: { status: 503 } }],
        options: { processEnvironment: fastTime(speed) },
        afterJob: (emulator) => effectOf(2, emulator),
      });
      assert.equal(main.result, 'Succeeded', main.message);
      assert.deepEqual(activeAtEnd, [], post.message);
    });
  }

  for (const [signal, seconds] of [
    ['SIGINT', 3.5],
    ['SIGINT', 27],
    ['SIGTERM', 3],
    ['SIGKILL', 27],
  ] as const) {
    test(`after ${signal} to main, while the service takes ${seconds} s, is found and revoked`, async () => {
      const { post, activeAtEnd } = await runTask((emulator) => {
        let processId: number | undefined;
        emulator.plan({ operation: 'pats.create', effectAfterMs: (seconds * 1000) / speed, answer: { hang: true } });
        emulator.onRequest = (record, phase) => {
          if (record.operation !== 'pats.create' || phase !== 'arrived' || !processId) return;
          signalIfAlive(processId, signal);
        };
        return {
          afterJob: (services) => effectOf(1, services),
          options: {
            processEnvironment: fastTime(speed),
            onCommand: (_command, stage) => {
              if (stage.stage === 'main') processId = stage.processId;
            },
          },
        };
      });
      assert.deepEqual(activeAtEnd, [], post.message);
    });
  }
});
