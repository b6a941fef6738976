import assert from 'node:assert/strict';
import { type Emulator, Overload, type OverloadOptions, startEmulator } from '../../../dev/emulator';
import { order, pats } from './calls';

describe('an overload of the emulator', () => {
  let emulator: Emulator;
  beforeEach(async () => {
    emulator = await startEmulator();
  });
  afterEach(() => emulator.close());

  const overload = (options: Partial<OverloadOptions>) => {
    emulator.state.overload = new Overload({
      requestsPerSecond: 1000,
      retryAfterSeconds: 7,
      failureShare: 0,
      ...options,
    });
  };
  /** Chance that comes as planned, again and again. */
  const chance = (...values: number[]) => {
    let next = 0;
    return () => values[next++ % values.length] as number;
  };
  const create = () => pats(emulator, 'POST', { body: order(emulator) });
  const strains = () => emulator.requests.map(({ strain }) => strain);

  it('throttles what exceeds the rate, answers how long to wait, and accepts requests again a second later', async () => {
    overload({ requestsPerSecond: 2 });
    assert.equal((await create()).status, 200);
    assert.equal((await create()).status, 200);
    const throttled = await create();
    assert.equal(throttled.status, 429);
    assert.equal(throttled.headers.get('retry-after'), '7');
    emulator.state.clock.advance(1000);
    assert.equal((await create()).status, 200);
    assert.deepEqual(strains(), [undefined, undefined, 'throttled', undefined]);
    assert.equal(emulator.activeTokens().length, 3, 'a throttled request has no effect');
  });

  it('does not count what it throttled, so that a client that asks again is not throttled for that', async () => {
    overload({ requestsPerSecond: 1 });
    await create();
    for (let time = 0; time < 3; time++) assert.equal((await create()).status, 429);
    emulator.state.clock.advance(1000);
    assert.equal((await create()).status, 200);
  });

  it('fails the lower half of the share before the effect and the upper half after it', async () => {
    overload({ failureShare: 0.5, random: chance(0.24, 0, 0.25, 0.4, 0.5) });
    assert.equal((await create()).status, 500);
    assert.equal(emulator.state.pats.length, 0);
    assert.equal((await create()).status, 503);
    assert.equal(emulator.state.pats.length, 1);
    assert.equal((await create()).status, 200);
    assert.deepEqual(strains(), ['failedBefore', 'failedAfter', undefined]);
  });

  it('breaks connections as one of its ways to fail', async () => {
    overload({ failureShare: 1, random: chance(0.9) });
    await assert.rejects(create());
    assert.equal(emulator.state.pats.length, 1);
    assert.equal(emulator.requests[0]?.status, undefined);
  });

  it('fails about as often as failureShare says', async () => {
    const failing = new Overload({ requestsPerSecond: 1, retryAfterSeconds: 1, failureShare: 0.05 });
    const strains = Array.from({ length: 20_000 }, (_, index) => failing.strain(index * 1001)?.strain);
    const count = (strain: string) => strains.filter((each) => each === strain).length;
    for (const strain of ['failedBefore', 'failedAfter']) {
      assert.ok(count(strain) > 350 && count(strain) < 650, `${strain}: ${count(strain)}`);
    }
    assert.equal(count('throttled'), 0);
  });

  it('leaves planned faults for the requests that it lets through', async () => {
    overload({ requestsPerSecond: 1 });
    emulator.plan({ operation: 'pats.create', answer: { status: 502 } });
    emulator.plan({ operation: 'pats.create', answer: { status: 504 } });
    assert.equal((await create()).status, 502);
    assert.equal((await create()).status, 429);
    emulator.state.overload = undefined;
    assert.equal((await create()).status, 504);
  });
});
