import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TaskError } from '../../../src/errors';
import type { Answer } from '../../../src/http/answer';
import { type Call, Conversation } from '../../../src/http/conversation';
import type { HttpOutcome } from '../../../src/http/runtime';
import { Secret } from '../../../src/secret';
import { broken, eventsOf, FakeRuntime, json, noon, text, timedOut, tooLarge } from '../../support/world';

const token = 'a-secret-token-0123456789';
const read: Call = {
  method: 'GET',
  url: 'https://vssps.dev.azure.com/fabrikam/_apis/x',
  headers: { Accept: 'application/json' },
  doing: 'Reading',
  secrets: [new Secret(token)],
  again: 'any-fault',
};
const create: Call = { ...read, method: 'POST', body: '{}', doing: 'Creating', again: 'throttling' };
const fine = json(200, { ok: true });
const passingStatuses = [429, 500, 502, 503, 504];

/** Asks once in a fresh conversation, where requests end like this. */
async function ask(call: Call, outcomes: HttpOutcome[], chance = 0, budget = 120_000) {
  const runtime = new FakeRuntime().script(...outcomes);
  runtime.chance = chance;
  const conversation = runtime.conversation(budget);
  let answer: Answer | undefined;
  let error: TaskError | undefined;
  try {
    answer = await conversation.ask(call);
  } catch (thrown) {
    assert.ok(thrown instanceof TaskError, String(thrown));
    error = thrown;
  }
  return { runtime, conversation, answer, error, requests: runtime.requests.length, sleeps: runtime.sleeps };
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe('http: one request', () => {
  it('is sent as it is, with 30 s to end in and 1 MiB to be answered with', async () => {
    const { runtime, answer } = await ask(create, [fine]);
    const [{ signal, ...sent } = assert.fail('nothing was sent'), ...more] = runtime.requests;
    const { url, headers } = create;
    assert.deepEqual(sent, {
      method: 'POST',
      url,
      headers,
      body: '{}',
      timeout: 30_000,
      maxBytes: 1024 * 1024,
      fresh: true,
    });
    assert.equal(signal?.aborted, false);
    assert.deepEqual(more, []);
    assert.equal(answer?.status, 200);
    assert.deepEqual(answer?.json, { ok: true });
  });

  it('has no body where there is none', async () => {
    const { runtime } = await ask(read, [fine]);
    assert.equal('body' in (runtime.requests[0] ?? {}), false);
  });

  for (const status of [200, 201, 203, 204, 302, 400, 401, 403, 404, 408, 409]) {
    it(`is answered ${status}, which is not repeated and is for the caller to judge`, async () => {
      const { answer, requests, sleeps } = await ask(read, [text(status, 'x')]);
      assert.equal(answer?.status, status);
      assert.equal(requests, 1);
      assert.deepEqual(sleeps, []);
    });
  }

  for (const status of [501, 505]) {
    it(`is answered ${status}, which is not repeated and is a fault of the network`, async () => {
      const { error, requests } = await ask(read, [text(status, '')]);
      assert.equal(error?.code, 'network');
      assert.equal(error?.what, `Reading at vssps.dev.azure.com failed: the service answered ${status}.`);
      assert.equal(requests, 1);
    });
  }

  it('is not repeated after an answer without end', async () => {
    const { error, requests } = await ask(read, [tooLarge]);
    assert.equal(error?.code, 'response-malformed');
    assert.match(error?.what ?? '', /larger than 1 MiB/);
    assert.equal(requests, 1);
  });
});

describe('http: retries', () => {
  for (const [what, outcome, code] of [
    ...passingStatuses.map(
      (status) => [`a ${status}`, text(status, ''), status === 429 ? 'throttled' : 'network'] as const,
    ),
    ['a broken connection', broken, 'network'] as const,
    ['a time-out', timedOut, 'timed-out'] as const,
  ]) {
    it(`asks again after ${what}`, async () => {
      const { answer, requests, sleeps } = await ask(read, [outcome, fine]);
      assert.equal(answer?.status, 200);
      assert.equal(requests, 2);
      assert.deepEqual(sleeps, [500]);
    });

    it(`gives up after four times ${what}, as ${code}`, async () => {
      const { error, requests, sleeps } = await ask(read, times(4, outcome), 0, 600_000);
      assert.equal(error?.code, code);
      assert.match(error?.what ?? '', /^Reading at vssps\.dev\.azure\.com failed: .*, after 4 tries\.$/);
      assert.equal(requests, 4);
      assert.deepEqual(sleeps, [500, 1000, 2000]);
    });
  }

  it('names the reason of a broken connection', async () => {
    const { error } = await ask(read, times(4, broken));
    assert.match(error?.what ?? '', /the connection failed \(ECONNRESET\)/);
  });

  it('adds up to half as much by chance', async () => {
    const { sleeps } = await ask(read, times(4, broken), 255);
    assert.deepEqual(
      sleeps,
      [500, 1000, 2000].map((delay) => delay * (1 + 255 / 512)),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 255 }), async (chance) => {
        const { sleeps: waits } = await ask(read, times(4, broken), chance);
        for (const [index, wait] of waits.entries()) {
          const least = 500 * 2 ** index;
          assert.ok(wait >= least && wait < 1.5 * least, String(wait));
        }
      }),
    );
  });

  it('does without chance where there is none', async () => {
    const runtime = new FakeRuntime().script(broken, fine);
    runtime.randomBytes = () => new Uint8Array();
    await runtime.conversation().ask(read);
    assert.deepEqual(runtime.sleeps, [500]);
  });

  it('takes different faults together', async () => {
    const { answer, requests } = await ask(read, [broken, text(503, ''), timedOut, fine]);
    assert.equal(answer?.status, 200);
    assert.equal(requests, 4);
  });
});

describe('http: a creation', () => {
  for (const outcome of [broken, timedOut, ...[500, 502, 503, 504].map((status) => text(status, ''))]) {
    it(`is never repeated after ${JSON.stringify(outcome)}`, async () => {
      const { error, requests, sleeps } = await ask(create, [outcome]);
      assert.equal(error?.code, outcome.kind === 'timed-out' ? 'timed-out' : 'network');
      assert.equal(requests, 1);
      assert.deepEqual(sleeps, []);
    });
  }

  it('is repeated after a 429, which proves that nothing was made', async () => {
    const { answer, requests } = await ask(create, [text(429, ''), text(429, '', { 'retry-after': '3' }), fine]);
    assert.equal(answer?.status, 200);
    assert.equal(requests, 3);
  });

  it('is not repeated when a repetition ends unclearly', async () => {
    const { error, requests } = await ask(create, [text(429, ''), broken]);
    assert.equal(error?.code, 'network');
    assert.equal(requests, 2);
  });

  it('that is only ever throttled ends as throttled', async () => {
    assert.equal((await ask(create, times(4, text(429, '')))).error?.code, 'throttled');
  });
});

describe('http: Retry-After', () => {
  const busy = (value: string, more: Record<string, string> = {}, status = 429) =>
    text(status, '', { 'retry-after': value, ...more });
  const date = (milliseconds: number) => new Date(noon + milliseconds).toUTCString();

  for (const [what, outcome, expected] of [
    ['seconds', busy('7'), 7000],
    ['seconds with a fraction', busy('1.5'), 1500],
    ['seconds with spaces', busy(' 7 '), 7000],
    ['60 seconds', busy('60'), 60_000],
    ['seconds with another status', busy('7', {}, 503), 7000],
    ['a date, by our clock', busy(date(9000)), 9000],
    ['a date, by the clock of the server where it sends it', busy(date(3_609_000), { date: date(3_600_000) }), 9000],
    ['a date in the past', busy(date(-9000)), 500],
    ['less than the usual delay', busy('0'), 500],
    ['nonsense', busy('soon'), 500],
    ['nothing', busy(''), 500],
  ] as const) {
    it(`is honoured as ${what}`, async () => {
      const { answer, sleeps, runtime } = await ask(read, [outcome, fine]);
      assert.equal(answer?.status, 200);
      assert.equal(
        sleeps.reduce((sum, wait) => sum + wait, 0),
        expected,
      );
      assert.equal(runtime.clock, noon + expected);
    });
  }

  it('is only ever longer than the usual delay', async () => {
    const hiccup = busy('1', {}, 503);
    const { sleeps } = await ask(read, [hiccup, hiccup, hiccup, fine]);
    assert.deepEqual(sleeps, [1000, 1000, 2000]);
  });

  it('that was honoured makes a 429 no try, for a creation too', async () => {
    for (const call of [read, create]) {
      const { answer, requests } = await ask(call, [...times(9, busy('2')), fine]);
      assert.equal(answer?.status, 200);
      assert.equal(requests, 10);
    }
  });

  it('that was honoured leaves other faults their four tries', async () => {
    const { error, requests } = await ask(read, [
      busy('2'),
      broken,
      busy('2'),
      broken,
      broken,
      busy('2'),
      broken,
      fine,
    ]);
    assert.equal(error?.code, 'network');
    assert.match(error?.what ?? '', /after 4 tries/);
    assert.equal(requests, 7);
  });

  for (const value of ['0', '0.9', date(500), 'soon']) {
    it(`of less than a second leaves a 429 a try: ${value}`, async () => {
      const { error, requests } = await ask(read, times(5, busy(value, { date: date(0) })));
      assert.equal(error?.code, 'throttled');
      assert.equal(requests, 4);
    });
  }

  it('that never ends is throttled within the budget', async () => {
    const { error, runtime } = await ask(read, times(99, busy('5')), 255, 90_000);
    assert.equal(error?.code, 'throttled');
    assert.ok(runtime.clock <= noon + 90_000);
  });

  it('is spread by chance, and the wider the more tries were throttled', async () => {
    const { sleeps } = await ask(read, [busy('8'), busy('8'), busy('8'), fine], 128);
    assert.deepEqual(sleeps, [12_000, 16_000, 20_000]);
    assert.deepEqual((await ask(read, [busy('60'), fine], 128, 300_000)).sleeps, [70_000]);
  });

  it('never costs a try that there is time for', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 255 }), fc.integer({ min: 1, max: 28 }), async (chance, seconds) => {
        const { answer, requests } = await ask(read, [...times(3, busy(String(seconds))), fine], chance, 90_000);
        assert.equal(answer?.status, 200);
        assert.equal(requests, 4);
      }),
    );
  });

  it('is kept to what was asked where there is no time for more', async () => {
    const { answer, sleeps } = await ask(read, [busy('8'), fine], 255, 10_000);
    assert.equal(answer?.status, 200);
    assert.deepEqual(sleeps, [8000]);
  });

  for (const value of ['61', '3600', '9'.repeat(400), date(61_000)]) {
    it(`of more than 60 s is throttled at once: ${value.slice(0, 40)}`, async () => {
      const { error, requests, sleeps } = await ask(read, [busy(value)], 0, 1_000_000_000);
      assert.equal(error?.code, 'throttled');
      assert.match(error?.what ?? '', /it asks to wait/);
      assert.equal(requests, 1);
      assert.deepEqual(sleeps, []);
    });
  }

  it('of more than 60 s is throttled at once with any passing status', async () => {
    for (const status of [500, 502, 503, 504]) {
      const { error, requests } = await ask(read, [busy('120', {}, status)], 0, 1_000_000);
      assert.equal(requests, 1);
      assert.equal(error?.code, 'throttled', `${status}: ${error?.message}`);
    }
  });

  it('of a 5xx leaves the outcome of a creation as unknown as it is', async () => {
    const { error, requests } = await ask(create, [busy('120', {}, 503)], 0, 1_000_000);
    assert.equal(requests, 1);
    assert.equal(error?.code, 'network');
  });

  it('of more than what is left is throttled at once', async () => {
    const { error, requests, sleeps } = await ask(read, [busy('30')], 0, 20_000);
    assert.equal(error?.code, 'throttled');
    assert.equal(requests, 1);
    assert.deepEqual(sleeps, []);
  });

  describe('on a success', () => {
    async function second(value: string, call: Call, more: Record<string, string> = {}) {
      const { runtime, conversation } = await ask(
        read,
        [json(200, {}, { 'retry-after': value, ...more }), fine, fine],
        0,
      );
      assert.deepEqual(runtime.sleeps, [], 'the answer at hand is not delayed');
      return { runtime, conversation, next: conversation.ask(call) };
    }

    it('delays the next request, and only that one', async () => {
      const { runtime, conversation, next } = await second('12', read);
      await next;
      assert.deepEqual(runtime.sleeps, [12_000]);
      await conversation.ask(read);
      assert.deepEqual(runtime.sleeps, [12_000]);
    });

    it('counts from when it came', async () => {
      const { runtime, conversation } = await ask(read, [json(200, {}, { 'retry-after': '12' }), fine]);
      runtime.clock += 10_000;
      await conversation.ask(read);
      assert.deepEqual(runtime.sleeps, [2000]);
    });

    it('delays also what comes after a refusal', async () => {
      const { runtime, conversation } = await ask(read, [text(403, '', { 'retry-after': '5' }), fine]);
      await conversation.ask(read);
      assert.deepEqual(runtime.sleeps, [5000]);
    });

    it('of more than 60 s refuses the next request as throttled, without sending it', async () => {
      const { runtime, next } = await second('61', read);
      await assert.rejects(next, { code: 'throttled', message: /asked to wait 61 s first/ });
      assert.equal(runtime.requests.length, 1);
    });

    it('of more than 60 s does not hold up an urgent request', async () => {
      const { runtime, next } = await second('61', { ...read, urgent: true });
      assert.equal((await next).status, 200);
      assert.deepEqual(runtime.sleeps, []);
    });

    it('within the limit holds up an urgent request too', async () => {
      const { runtime, next } = await second('12', { ...read, urgent: true });
      await next;
      assert.deepEqual(runtime.sleeps, [12_000]);
    });

    it('of more than what is left is throttled at once, but urgent requests are sent', async () => {
      const first = json(200, {}, { 'retry-after': '30' });
      const patient = await ask(read, [first], 0, 20_000);
      await assert.rejects(patient.conversation.ask(read), { code: 'throttled' });
      const urgent = await ask(read, [first, fine], 0, 20_000);
      assert.equal((await urgent.conversation.ask({ ...read, urgent: true })).status, 200);
    });
  });
});

describe('http: the budget', () => {
  it('shortens the last request', async () => {
    const { runtime, error } = await ask(read, [timedOut], 0, 12_000);
    assert.equal(runtime.requests[0]?.timeout, 12_000);
    assert.equal(error?.code, 'timed-out');
    assert.match(error?.what ?? '', /no answer within 12 s/);
  });

  it('ends the tries before they overrun it', async () => {
    const { runtime, requests, error } = await ask(read, times(3, timedOut), 0, 61_200);
    assert.equal(requests, 2);
    assert.equal(error?.code, 'timed-out');
    assert.ok(runtime.clock <= noon + 61_200);
  });

  it('lets nothing be sent once it is used up', async () => {
    const { runtime, conversation } = await ask(read, [timedOut], 0, 1000);
    await assert.rejects(conversation.ask(read), { code: 'timed-out', message: /the time of this step was used up/ });
    assert.equal(runtime.requests.length, 1);
  });

  it('can be extended by what was kept back', async () => {
    const { runtime, conversation } = await ask(read, [timedOut, fine], 0, 1000);
    conversation.extend(5000);
    assert.equal((await conversation.ask(read)).status, 200);
    assert.equal(runtime.requests[1]?.timeout, 5000);
  });

  for (const step of [-7_200_000, 120_000, 7_200_000]) {
    it(`is not changed by a wall clock that is set by ${step} ms`, async () => {
      const runtime = new FakeRuntime().script(fine, timedOut, timedOut, timedOut, timedOut);
      const conversation = new Conversation(runtime, 90_000);
      runtime.clockSet = step;
      assert.equal((await conversation.ask(read)).status, 200);
      await assert.rejects(conversation.ask(read), /timed-out/);
      assert.equal(runtime.monotonic(), noon + 90_000);
    });
  }

  it('has the time, and waits within it', async () => {
    const runtime = new FakeRuntime();
    const conversation = runtime.conversation(1000);
    assert.equal(conversation.now(), noon);
    assert.equal(await conversation.pause(1001), false);
    assert.deepEqual(runtime.sleeps, []);
    assert.equal(await conversation.pause(400), true);
    assert.equal(conversation.now(), noon + 400);
  });

  it('is never overrun, and the tries never exceed four, however requests end', async () => {
    const outcome = fc.oneof(
      fc.constantFrom<HttpOutcome>(broken, timedOut, tooLarge, fine),
      fc
        .tuple(
          fc.constantFrom(200, 302, 400, 401, 429, 500, 501, 503, 599),
          fc.oneof(fc.nat({ max: 90 }).map(String), fc.string(), fc.constantFrom('', 'Infinity', '-1', '1e9', date0)),
          fc.string(),
        )
        .map(([status, value, body]) => text(status, body, { 'retry-after': value, date: value })),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(outcome, { minLength: 200, maxLength: 200 }),
        fc.integer({ min: 1, max: 150_000 }),
        fc.constantFrom(read, create),
        async (outcomes, budget, call) => {
          const { runtime, conversation, requests, error } = await ask(call, outcomes, 128, budget);
          const obeyed = outcomes.slice(0, requests).filter((ended) => {
            const asked = ended.kind === 'answer' && ended.status === 429 && ended.headers['retry-after'];
            return asked && !(Number(asked) < 1);
          });
          assert.ok(requests - obeyed.length <= 4);
          await conversation.ask({ ...read, urgent: true }).catch((thrown) => assert.ok(thrown instanceof TaskError));
          assert.ok(runtime.clock <= noon + budget, 'the budget was overrun');
          if (error) assert.doesNotMatch(error.message, /##|[\r\n]/);
        },
      ),
      { numRuns: 500 },
    );
  });
});

const date0 = new Date(noon + 20_000).toUTCString();

describe('http: stopping', () => {
  const isCancelled = { code: 'cancelled', message: /^Reading was given up, because this step was cancelled\. / };

  it('lets nothing more be asked, urgent or not', async () => {
    const runtime = new FakeRuntime().script();
    const conversation = runtime.conversation();
    conversation.stop();
    await assert.rejects(conversation.ask(read), isCancelled);
    await assert.rejects(conversation.ask({ ...read, urgent: true }), isCancelled);
    assert.deepEqual(runtime.requests, []);
  });

  it('gives up what is under way', async () => {
    const runtime = new FakeRuntime().script(fine);
    runtime.latency = 1000;
    const conversation = runtime.conversation();
    runtime.later(400, () => conversation.stop());
    await assert.rejects(conversation.ask(read), isCancelled);
    assert.equal(runtime.clock, noon + 400);
    assert.equal(runtime.requests.length, 1);
  });

  it('gives up a wait for another try', async () => {
    for (const outcome of [broken, text(503, ''), text(429, '', { 'retry-after': '30' })]) {
      const runtime = new FakeRuntime().script(outcome);
      const conversation = runtime.conversation();
      runtime.later(100, () => conversation.stop());
      await assert.rejects(conversation.ask(read), isCancelled);
      assert.equal(runtime.clock, noon + 100);
      assert.equal(runtime.requests.length, 1);
    }
  });

  it('gives up a wait that the service asked for earlier', async () => {
    const runtime = new FakeRuntime().script(json(200, {}, { 'retry-after': '30' }));
    const conversation = runtime.conversation();
    await conversation.ask(read);
    runtime.later(100, () => conversation.stop());
    await assert.rejects(conversation.ask({ ...read, urgent: true }), isCancelled);
    assert.equal(runtime.clock, noon + 100);
    assert.equal(runtime.requests.length, 1);
  });

  it('ends a pause', async () => {
    const runtime = new FakeRuntime();
    const conversation = runtime.conversation();
    runtime.later(100, () => conversation.stop());
    await conversation.pause(5000);
    assert.equal(runtime.clock, noon + 100);
  });

  it('keeps an answer that has come all the same', async () => {
    const runtime = new FakeRuntime();
    const conversation = runtime.conversation();
    runtime.send = async () => {
      conversation.stop();
      return fine;
    };
    assert.equal((await conversation.ask(read)).status, 200);
    await assert.rejects(conversation.ask(read), isCancelled);
  });

  it('may be said twice', async () => {
    const conversation = new FakeRuntime().conversation();
    conversation.stop();
    conversation.stop();
    await assert.rejects(conversation.ask(read), isCancelled);
  });
});

describe('http: the clock of the server', () => {
  it('is ours until it sends its own', async () => {
    const { runtime, conversation } = await ask(read, [fine]);
    assert.equal(conversation.serverNow(), noon);
    runtime.clock += 5;
    assert.equal(conversation.serverNow(), noon + 5);
  });

  it('is known for each host by itself, however wrong it is', async () => {
    const at = (milliseconds: number) => text(200, '', { date: new Date(noon + milliseconds).toUTCString() });
    const runtime = new FakeRuntime().script(at(3_600_000), at(-1_000_000_000));
    const conversation = new Conversation(runtime, 60_000);
    await conversation.ask({ ...read, url: 'https://login.microsoftonline.com/x' });
    await conversation.ask({ ...read, url: 'https://vssps.dev.azure.com/x' });
    assert.equal(conversation.serverNow('login.microsoftonline.com'), noon + 3_600_000);
    assert.equal(conversation.serverNow('vssps.dev.azure.com'), noon - 1_000_000_000);
    assert.equal(conversation.serverNow('dev.azure.com'), noon);
    assert.equal(conversation.serverNow(), noon + 3_600_000);
  });

  it('goes on from what it sent last', async () => {
    const date = (offset: number) => ({ date: new Date(noon + offset).toUTCString() });
    const { runtime, conversation } = await ask(read, [text(403, '', date(3_600_000)), json(200, {}, date(-60_000))]);
    assert.equal(conversation.serverNow(), noon + 3_600_000);
    runtime.clock += 1500;
    assert.equal(conversation.serverNow(), noon + 3_601_500);
    assert.equal(conversation.now(), noon + 1500);
    await conversation.ask(read);
    assert.equal(conversation.serverNow(), noon - 60_000);
  });

  it('is not changed by what is no time', async () => {
    for (const date of ['', 'soon', '##vso[x]']) {
      const { conversation } = await ask(read, [json(200, {}, { date })]);
      assert.equal(conversation.serverNow(), noon);
    }
  });
});

describe('http: several requests at once', () => {
  const sent = (runtime: FakeRuntime) => eventsOf(runtime.events, 'request').map(({ at }) => at - noon);

  it('are sent side by side', async () => {
    const runtime = new FakeRuntime();
    runtime.latency = 100;
    runtime.reply = () => fine;
    const conversation = runtime.conversation();
    await Promise.all(times(5, read).map((call) => conversation.ask(call)));
    assert.equal(runtime.mostUnderWay, 5);
    assert.equal(runtime.clock, noon + 100);
  });

  it('wait together where the service asks one of them to', async () => {
    const runtime = new FakeRuntime();
    runtime.latency = 100;
    runtime.reply = (_, index) => (index === 0 ? text(429, '', { 'retry-after': '10' }) : fine);
    const conversation = runtime.conversation();
    const twice = async () => {
      await conversation.ask(read);
      await conversation.ask(read);
    };
    await Promise.all([twice(), twice(), twice()]);
    assert.deepEqual(sent(runtime).slice(0, 3), [0, 0, 0]);
    assert.ok(
      sent(runtime)
        .slice(3)
        .every((at) => at >= 10_100),
      sent(runtime).join(),
    );
  });

  it('wait longer where the service says so while they wait', async () => {
    const runtime = new FakeRuntime();
    const slow = { ...read, url: `${read.url}/slow` };
    runtime.latencyOf = ({ url }) => (url === slow.url ? 1000 : 100);
    runtime.reply = ({ url }) => json(200, {}, { 'retry-after': url === slow.url ? '30' : '2' });
    const conversation = runtime.conversation();
    await Promise.all([conversation.ask(slow), conversation.ask(read).then(() => conversation.ask(read))]);
    const [, , third = 0] = sent(runtime);
    assert.ok(third >= 31_000, `the third was sent after ${third} ms`);
  });
});

describe('http: further passing faults', () => {
  const isPassing = (answer: Answer) => answer.field('error') === 'busy';
  const busy = json(400, { error: 'busy' });

  it('are repeated where the caller recognises them', async () => {
    const { answer, requests, sleeps } = await ask({ ...read, isPassing }, [busy, fine]);
    assert.equal(answer?.status, 200);
    assert.equal(requests, 2);
    assert.deepEqual(sleeps, [500]);
  });

  it('are returned after the last try, for the caller to explain', async () => {
    const { answer, requests } = await ask({ ...read, isPassing }, times(4, busy));
    assert.equal(answer?.status, 400);
    assert.equal(requests, 4);
  });

  it('are throttled all the same where the status says so', async () => {
    const { error, requests } = await ask({ ...read, isPassing }, times(4, json(429, { error: 'busy' })));
    assert.equal(requests, 4);
    assert.equal(error?.code, 'throttled');
  });
});

describe('http: answers that settle what was asked', () => {
  const isSettled = (answer: Answer) => answer.field('typeKey') === 'Gone';

  it('are returned with any status, and not asked for again', async () => {
    for (const status of [429, 500, 503]) {
      const { answer, requests } = await ask({ ...read, isSettled }, [json(status, { typeKey: 'Gone' })]);
      assert.deepEqual([answer?.status, requests], [status, 1]);
    }
  });

  it('are no others', async () => {
    const { answer, requests } = await ask({ ...read, isSettled }, [json(500, { typeKey: 'Lost' }), fine]);
    assert.deepEqual([answer?.status, requests], [200, 2]);
  });
});

describe('http: the time of the server', () => {
  const hour = 60 * 60_000;
  for (const [what, date, offset] of [
    ['counts where it is sent', new Date(noon + 10 * 60_000).toUTCString(), 10 * 60_000],
    ['counts up to a day away', new Date(noon - 24 * hour).toUTCString(), -24 * hour],
    ['does not count further away', new Date(noon + 24 * hour + 1000).toUTCString(), 0],
    ['does not count where it is none', 'soon', 0],
  ] as const) {
    it(what, async () => {
      const { conversation } = await ask(read, [json(200, {}, { date })]);
      assert.equal(Math.round((conversation.serverNow() - conversation.now()) / 1000), Math.round(offset / 1000));
    });
  }
});
