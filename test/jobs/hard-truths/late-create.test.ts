import assert from 'node:assert/strict';
import { fastTime } from '../../support/fast-time';
import { runTask } from '../../support/job';
import { sideBySide } from '../../support/side-by-side';

const speed = 20;

sideBySide('a token that is made after its request is given up', 2, (test) => {
  for (const seconds of [6, 20]) {
    test(`${seconds} s after a gateway answered 503 is found and revoked`, async () => {
      const { main, post, made, activeAfterJob } = await runTask({
        faults: [{ operation: 'pats.create', effectAfterMs: (seconds * 1000) / speed, answer: { status: 503 } }],
        options: { processEnvironment: fastTime(speed) },
      });
      assert.equal(main.result, 'Succeeded', main.message);
      assert.equal(made.length, 2);
      assert.deepEqual(activeAfterJob, [], post.message);
    });
  }

  for (const [signal, seconds] of [
    ['SIGINT', 3.5],
    ['SIGINT', 10],
    ['SIGTERM', 3],
    ['SIGKILL', 10],
  ] as const) {
    test(`after ${signal} to main, while the service takes ${seconds} s, is found and revoked`, async () => {
      const { post, made, activeAfterJob } = await runTask((emulator) => {
        let processId: number | undefined;
        emulator.plan({ operation: 'pats.create', effectAfterMs: (seconds * 1000) / speed, answer: { hang: true } });
        emulator.onRequest = (record, phase) => {
          if (record.operation !== 'pats.create' || phase !== 'arrived' || !processId) return;
          process.kill(processId, signal);
        };
        return {
          options: {
            processEnvironment: fastTime(speed),
            onCommand: (_command, stage) => {
              if (stage.stage === 'main') processId = stage.processId;
            },
          },
        };
      });
      assert.equal(made.length, 1, 'the request took effect');
      assert.deepEqual(activeAfterJob, [], post.message);
    });
  }
});
