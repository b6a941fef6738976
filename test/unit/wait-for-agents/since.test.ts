import assert from 'node:assert/strict';
import { parseTime } from '../../../src/wait-for-agents/since';
import { eventsOf, noon } from '../../support/world';
import { type FakeAgent, minute, Waiting } from './waiting';

const before: FakeAgent = { name: 'fleet-01', statusChangedOn: '2026-03-01T11:59:59.999Z' };
const after: FakeAgent = { name: 'fleet-01', statusChangedOn: '2026-03-01T12:00:00.000Z' };
const minted = { AGENT_POOL_TOKEN_MINTED_ON: '2026-03-01T12:00:00.000Z' };

async function waitFor(agent: FakeAgent, inputs: Record<string, string>, variables: Record<string, string> = {}) {
  const waiting = new Waiting({ agents: 'fleet-01', timeoutMinutes: '1', ...inputs });
  Object.assign(waiting.pipeline.variables, variables);
  waiting.agents = [{ ...agent }];
  return waiting.run();
}

describe('wait: since when agents count', () => {
  const cases: [what: string, inputs: Record<string, string>, variables: Record<string, string>, strict: boolean][] = [
    ['the token of this job', {}, minted, true],
    ['the same, written out', { since: 'token' }, minted, true],
    ['the start of the run', {}, { 'System.PipelineStartTime': '2026-03-01 12:00:00+00:00' }, true],
    [
      'the token, and not the start of the run',
      {},
      { ...minted, 'System.PipelineStartTime': '2026-03-01 11:00:00+00:00' },
      true,
    ],
    [
      'the start of the run, where the variable holds no time',
      {},
      { AGENT_POOL_TOKEN_MINTED_ON: 'noon', 'System.PipelineStartTime': '2026-03-01 12:00:00+00:00' },
      true,
    ],
    ['nothing', {}, {}, false],
    ['nothing, if they may come at any time', { since: 'any' }, minted, false],
    ['a time', { since: '2026-03-01T13:00:00+01:00' }, {}, true],
    ['a time, and not the token', { since: '2026-03-01T11:00:00Z' }, minted, false],
    ['a date', { since: '2026-03-01' }, minted, false],
  ];
  for (const [what, inputs, variables, strict] of cases) {
    it(`counts from ${what}`, async () => {
      assert.deepEqual((await waitFor(after, inputs, variables)).failures, []);
      const early = await waitFor(before, inputs, variables);
      assert.equal(early.failures.length, strict ? 1 : 0, early.failures.join());
      assert.deepEqual(early.onlineCounts, [strict ? 'onlineCount=0' : 'onlineCount=1']);
    });
  }

  it('says from when on agents count, and what happened then', async () => {
    const { said, failure } = await waitFor(before, {}, minted);
    assert.equal(
      said[0],
      'Agents count that came online at or after 2026-03-01T12:00:00.000Z, when the token of this job was minted.',
    );
    assert.match(
      failure,
      /^After 1 minute: "fleet-01" has been online since 2026-03-01T11:59:59\.999Z, before the token of this job was minted \(2026-03-01T12:00:00\.000Z\)\. Register the agents anew .*since to any .*\(agents-not-online\)$/,
    );
  });

  it('warns where no time is known, and only there', async () => {
    const warnings = (waiting: Waiting) => eventsOf(waiting.events, 'warn').map(({ text }) => text);
    assert.match(warnings(await waitFor(before, {})).join(), /^This job has no variable that states when/);
    assert.deepEqual(warnings(await waitFor(after, {}, minted)), []);
    assert.deepEqual(warnings(await waitFor(after, { since: 'any' })), []);
  });

  it('goes by when an agent was registered where it never changed, and counts none without any time', async () => {
    const since = '2026-03-01T12:00:00Z';
    const created = await waitFor({ name: 'fleet-01', createdOn: since }, { since });
    assert.deepEqual(created.failures, []);
    const changed = await waitFor({ ...before, createdOn: since }, { since });
    assert.equal(changed.failures.length, 1);
    const unknown = await waitFor({ name: 'fleet-01' }, { since });
    assert.match(unknown.failure, /"fleet-01" has been online since an unknown time, maybe before 2026-03-01T12:00/);
  });

  it('does not end with the agent of a machine that was deleted, but with that of the new one', async () => {
    const waiting = new Waiting({ agents: 'fleet-01' });
    Object.assign(waiting.pipeline.variables, minted);
    waiting.agents = [{ ...before }];
    waiting
      .at(120, () => waiting.set('fleet-01', { status: 'offline' }))
      .at(200, () => waiting.set('fleet-01', { status: 'online' }));
    await waiting.run();
    assert.deepEqual(waiting.failures, []);
    assert.ok(waiting.runtime.clock >= noon + 200_000);
    assert.ok(waiting.runtime.clock <= noon + 200_000 + minute);
  });

  it('asks no capabilities of agents that came too early', async () => {
    const waiting = await waitFor(before, { capabilities: 'docker' }, minted);
    assert.ok(!waiting.runtime.requests.some(({ url }) => url.includes('includeCapabilities=true')));
  });

  for (const since of ['Token', 'now', '12:00', '2026-03-01T12:00:00', '2026-02-30', '2026-13-01', '01.03.2026', '0']) {
    it(`refuses ${since} before anything is sent`, async () => {
      const waiting = await waitFor(after, { since });
      assert.match(
        waiting.failure,
        /^since ".*" is neither token, nor any, nor a time with its zone.*\(input-invalid\)$/,
      );
      assert.deepEqual(waiting.runtime.requests, []);
    });
  }
});

describe('parseTime', () => {
  for (const [text, time] of [
    ['2026-03-01T12:00:00Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01t12:00:00.1234567z', '2026-03-01T12:00:00.123Z'],
    ['2026-03-01 12:00:00+00:00', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01 12:00:00 +0530', '2026-03-01T06:30:00.000Z'],
    ['2026-03-01T00:30:00+01:00', '2026-02-28T23:30:00.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
  ] as const) {
    it(`reads ${text}`, () => assert.equal(new Date(parseTime(text) ?? Number.NaN).toISOString(), time));
  }

  for (const text of [
    '',
    '2026-03-01T25:00:00Z',
    '2026-03-01T12:00:00+99:99',
    '2026-00-01',
    '2027-02-29T12:00Z',
    '2026',
  ]) {
    it(`does not read ${JSON.stringify(text)}`, () => assert.equal(parseTime(text), undefined));
  }
});
