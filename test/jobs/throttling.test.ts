import assert from 'node:assert/strict';
import type { Fault } from '../../dev/emulator';
import { assertRefused } from '../support/expect';
import { fastTime } from '../support/fast-time';
import { runTask } from '../support/job';

const text =
  'TF400733: The request has been canceled: Request was blocked due to exceeding usage of resource Concurrency in namespace User.';

function limiting(operation: Fault['operation'], retryAfter: string, times = 1): Fault {
  const body = JSON.stringify({ message: text, typeKey: 'RequestBlockedException' });
  return { operation, times, answer: { status: 429, headers: { 'Retry-After': retryAfter }, body } };
}

const fast = { processEnvironment: fastTime() };
/** Where nobody answers anyway. */
const fastest = { processEnvironment: fastTime(100) };

describe('a service that limits requests', () => {
  it('that wants more than a minute is not waited for', async () => {
    const outcome = await runTask({ faults: [limiting('pats.create', '90')] });
    assertRefused(outcome, 'throttled', '90 s');
    assert.deepEqual(outcome.mainRequests, ['entra.token', 'pats.create']);
  });
});

describe('a service that does not answer', () => {
  it('is asked again for a sign-in, and then given up', async () => {
    const outcome = await runTask({
      faults: [{ operation: 'entra.token', times: 4, answer: { hang: true } }],
      options: fastest,
    });
    assertRefused(outcome, 'timed-out', '127.0.0.1');
    assert.ok(outcome.mainRequests.length >= 3);
  });
});

describe('a service that is out of order', () => {
  it('for good is told as network', async () => {
    const outcome = await runTask({
      faults: [{ operation: 'entra.token', times: 4, answer: { status: 503 } }],
      options: fast,
    });
    assertRefused(outcome, 'network', '503', '127.0.0.1');
    assert.equal(outcome.mainRequests.length, 4);
  });

  it('at an address where nobody listens is told as network', async () => {
    const outcome = await runTask({
      connection: { data: { authorityUrl: 'http://127.0.0.1:9' } },
      options: fast,
    });
    assertRefused(outcome, 'network', '127.0.0.1:9');
  });
});
