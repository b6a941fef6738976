import assert from 'node:assert/strict';
import type { Fault, RequestRecord } from '../../dev/emulator';
import { assertFails, assertRefused } from '../support/expect';
import { fastTime } from '../support/fast-time';
import { accessTokenInputs, runTask } from '../support/job';

const text =
  'TF400733: The request has been canceled: Request was blocked due to exceeding usage of resource Concurrency in namespace User.';

function limiting(operation: Fault['operation'], retryAfter: string, times = 1): Fault {
  const body = JSON.stringify({ message: text, typeKey: 'RequestBlockedException' });
  return { operation, times, answer: { status: 429, headers: { 'Retry-After': retryAfter }, body } };
}

function pause(requests: RequestRecord[], operation: string): number {
  const [first, second] = requests.filter((request) => request.operation === operation);
  return (second?.at ?? 0) - (first?.at ?? 0);
}

const fast = { processEnvironment: fastTime() };
/** Where nobody answers anyway. */
const fastest = { processEnvironment: fastTime(100) };

describe('a service that limits requests', () => {
  for (const operation of ['entra.token', 'pats.create', 'pools.list'] as const) {
    it(`is asked again for ${operation} after as long as it wants`, async () => {
      const { job, requests, made, activeAfterJob } = await runTask({ faults: [limiting(operation, '1')] });
      assert.equal(job.result, 'Succeeded');
      assert.ok(pause(requests, operation) >= 990, `${pause(requests, operation)} ms`);
      assert.equal(made.length, 1);
      assert.deepEqual(activeAfterJob, []);
    });
  }

  it('that wants more than a minute is not waited for', async () => {
    const outcome = await runTask({ faults: [limiting('pats.create', '90')] });
    assertRefused(outcome, 'throttled', '90 s');
    assert.deepEqual(outcome.mainRequests, ['entra.token', 'pats.create']);
  });

  it('that never stops is asked four times', async () => {
    const outcome = await runTask({ faults: [limiting('pats.create', '2', 4)], options: fast });
    assertRefused(outcome, 'throttled');
    assert.equal(outcome.mainRequests.filter((operation) => operation === 'pats.create').length, 4);
  });

  it('when the new token is tried gets it revoked, and the step fails', async () => {
    const { main, mainRequests, activeAfterMain, made } = await runTask({
      inputs: accessTokenInputs(),
      faults: [limiting('pools.list', '3600')],
      options: fast,
    });
    assertFails(main, 'throttled');
    assert.deepEqual(mainRequests, ['pats.create', 'pools.list', 'pats.revoke']);
    assert.equal(made.length, 1);
    assert.deepEqual(activeAfterMain, []);
  });

  it('with a success is obeyed before the next request', async () => {
    const { job, requests } = await runTask({
      inputs: accessTokenInputs(),
      faults: [{ operation: 'pats.create', answer: { headers: { 'Retry-After': '1' } } }],
    });
    assert.equal(job.result, 'Succeeded');
    const [create, probe] = requests;
    assert.ok((probe?.at ?? 0) - (create?.at ?? 0) >= 990);
  });

  it('for longer than the step may take gets the token revoked all the same', async () => {
    const { main, activeAfterMain, made } = await runTask({
      inputs: accessTokenInputs(),
      faults: [{ operation: 'pats.create', answer: { headers: { 'Retry-After': '3600' } } }],
      options: fast,
    });
    assertFails(main, 'throttled');
    assert.equal(made.length, 1);
    assert.deepEqual(activeAfterMain, []);
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

  it('in pieces, but too slowly, is given up like one that says nothing', async () => {
    const outcome = await runTask({
      faults: [{ operation: 'entra.token', times: 4, answer: { slowBodyMs: 2000 } }],
      options: fastest,
    });
    assertRefused(outcome, 'timed-out');
  });

  it('when the new token is tried gets it revoked within the time that is kept back', async () => {
    const { main, post, activeAfterMain, made } = await runTask({
      inputs: accessTokenInputs(),
      faults: [{ operation: 'pools.list', times: 10, answer: { hang: true } }],
      options: fast,
    });
    assertFails(main, 'timed-out');
    assert.equal(made.length, 1);
    assert.deepEqual(activeAfterMain, []);
    assert.equal(post.result, 'Succeeded');
  });
});

describe('a service that is out of order', () => {
  for (const status of [500, 503]) {
    it(`with ${status} is asked again, and then works`, async () => {
      const { job, made } = await runTask({
        faults: [
          { operation: 'entra.token', answer: { status } },
          { operation: 'pools.list', times: 2, answer: { status } },
          { operation: 'pats.revoke', answer: { status } },
        ],
        options: fast,
      });
      assert.equal(job.result, 'Succeeded');
      assert.equal(made.length, 1);
    });
  }

  it('for good is told as network', async () => {
    const outcome = await runTask({
      faults: [{ operation: 'entra.token', times: 4, answer: { status: 503 } }],
      options: fast,
    });
    assertRefused(outcome, 'network', '503', '127.0.0.1');
    assert.equal(outcome.mainRequests.length, 4);
  });

  it('and breaks connections is told as network', async () => {
    const outcome = await runTask({
      faults: [{ operation: 'entra.token', times: 4, answer: { reset: true } }],
      options: fast,
    });
    assertRefused(outcome, 'network', '127.0.0.1');
  });

  it('at an address where nobody listens is told as network', async () => {
    const outcome = await runTask({
      connection: { data: { authorityUrl: 'http://127.0.0.1:9' } },
      options: fast,
    });
    assertRefused(outcome, 'network', '127.0.0.1:9');
  });
});
