import assert from 'node:assert/strict';
import { offline, Waiting } from './waiting';

const inputs = { state: 'offline', timeoutMinutes: '2' };

describe('wait: until agents are offline', () => {
  it('ends when the last that is named has gone, and says which are not registered', async () => {
    const waiting = new Waiting({ ...inputs, agents: 'build-*, gone' });
    waiting.agents = [{ name: 'build-1' }, { name: 'build-2' }, offline('build-3'), { name: 'test-1' }];
    waiting
      .at(20, () => waiting.set('build-1', { status: 'offline' }))
      .at(40, () => waiting.set('build-2', { status: 'offline' }));
    await waiting.run();
    assert.deepEqual(waiting.failures, []);
    assert.deepEqual(waiting.said, [
      '"gone" is not registered, and so not online.',
      'Waiting: "build-1" is still online, since an unknown time; "build-2" is still online, since an unknown time.',
      '"build-1" is not online any more.',
      '"build-2" is not online any more.',
    ]);
    assert.deepEqual(waiting.onlineCounts, ['onlineCount=0']);
    assert.deepEqual([waiting.progress[0], waiting.progress.at(-1)], [33, 100]);
  });

  it('names those that stay, a disabled one too, and since when', async () => {
    const waiting = new Waiting({ ...inputs, agents: 'build-1, build-2' });
    waiting.agents = [{ name: 'build-1', enabled: false, statusChangedOn: '2026-03-01T11:00:00Z' }, offline('build-2')];
    await waiting.run();
    assert.match(
      waiting.failure,
      /^After 2 minutes: "build-1" is still online, since 2026-03-01T11:00:00\.000Z\. Stop the agents that are still online, .*\(agents-not-online\)$/,
    );
    assert.deepEqual(waiting.onlineCounts, ['onlineCount=1']);
  });

  for (const [more, message] of [
    [{ agents: '' }, /agents must name the agents that go offline/],
    [{ count: '1' }, /count is set but has no effect where state is offline/],
    [{ capabilities: 'docker' }, /capabilities is set but has no effect where state is offline/],
    [{ since: 'any' }, /since is set but has no effect where state is offline\. Set since to token/],
    [{ since: '2026-03-01T12:00:00Z' }, /since is set but has no effect/],
    [{ state: 'away' }, /state "away" is none of online, offline/],
  ] as [Record<string, string>, RegExp][]) {
    it(`is refused with ${JSON.stringify(more)} before anything is sent`, async () => {
      const waiting = await new Waiting({ ...inputs, agents: 'build-1', ...more }).run();
      assert.match(waiting.failure, message);
      assert.match(waiting.failure, /\(input-invalid\)$/);
      assert.deepEqual(waiting.runtime.requests, []);
      assert.deepEqual(waiting.onlineCounts, []);
    });
  }

  it('takes the default of since, which the form always sends', async () => {
    const waiting = await new Waiting({ ...inputs, agents: 'build-1', since: 'token' }).run();
    assert.deepEqual(waiting.failures, []);
  });
});
