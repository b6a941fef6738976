import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { assertRefused } from '../support/expect';
import { accessTokenInputs, type Outcome, type Plan, runTask, runTasks } from '../support/job';

interface PatResult {
  patToken: Record<string, unknown>;
}

/** A service that makes the token, but tells other things about it. */
function telling(changes: Record<string, unknown>, secrets: Record<string, string> = {}): Plan {
  return {
    inputs: accessTokenInputs(),
    faults: [
      {
        operation: 'pats.create',
        answer: { mutate: (json: PatResult) => ({ ...json, patToken: { ...json.patToken, ...changes } }) },
      },
    ],
    secrets,
  };
}

function later(minutes: number): string {
  return new Date(Date.now() + minutes * 60_000).toISOString();
}

const more: Record<string, Plan> = {
  'another scope': telling({ scope: 'vso.code_full' }),
  'one scope more': telling({ scope: 'vso.agentpools_manage vso.code' }),
  'full scope': telling({ scope: 'app_token' }),
  'no scope that anybody told': telling({ scope: null }),
  'every organization': telling({ targetAccounts: null }),
  'two organizations': telling({ targetAccounts: [randomUUID(), randomUUID()] }),
  'no list of organizations': telling({ targetAccounts: 'all' }),
  'an empty list of organizations': telling({ targetAccounts: [] }),
  'an hour more': telling({ validTo: later(120) }),
  'a year': telling({ validTo: later(365 * 24 * 60) }),
};

const twoLines = ['Zk3xQ9vLw2TfRb7Yh5Nc8Md1', 'Pj6sGu4aEo0iXq7Wz2By9Vt5'] as const;
const spaced = 'Hr5 tKq8 wXe2 pLz7 vNb3 mQc9 yRd4';
const tooLong = randomBytes(2049).toString('hex');
const notAscii = 'Ük8fWq3z-Öx7cVb2n-Äm5jHg9d';
const tooShort = 'Q7xW3kZ9vB2mN5cL8pR';

const malformed: Record<string, Plan> = {
  'a token of several words': telling({ token: spaced }, { 'the token': spaced }),
  'a token of two lines': telling({ token: twoLines.join('\n') }, { 'line 1': twoLines[0], 'line 2': twoLines[1] }),
  'a token of two lines, as on Windows': telling(
    { token: twoLines.join('\r\n') },
    { 'line 1': twoLines[0], 'line 2': twoLines[1] },
  ),
  'a token that is not ASCII': telling({ token: notAscii }, { 'the token': notAscii }),
  'a token that is too short': telling({ token: tooShort }, { 'the token': tooShort }),
  'a token that is too long': telling({ token: tooLong }, { 'the token': tooLong }),
  'no expiry': telling({ validTo: null }),
  'an expiry that nobody can read': telling({ validTo: 'next week' }),
  'another name': telling({ displayName: 'somebody’s token' }),
};

describe('a token that is more than was asked for', () => {
  let outcomes: Record<string, Outcome>;

  before(async function () {
    this.timeout(60_000);
    outcomes = await runTasks({ ...more, ...malformed });
  });

  const outcomeOf = (name: string): Outcome => {
    const outcome = outcomes[name];
    assert.ok(outcome);
    return outcome;
  };

  for (const name of Object.keys(more)) {
    it(`is revoked at once and never handed over: ${name}`, () => {
      const outcome = outcomeOf(name);
      assertRefused(outcome, 'granted-more-than-asked');
      assert.deepEqual(outcome.mainRequests, ['pats.create', 'pats.revoke']);
      assert.equal(outcome.made.length, 1);
      assert.equal(outcome.job.secretVariables.AGENT_POOL_TOKEN, undefined);
      assert.deepEqual(outcome.job.outputs, {});
    });
  }

  it('tells the scope that was granted', () => {
    assert.match(outcomeOf('one scope more').main.message ?? '', /vso\.agentpools_manage vso\.code/);
  });

  for (const name of Object.keys(malformed)) {
    it(`is not what anybody can use, is revoked and never handed over: ${name}`, () => {
      const outcome = outcomeOf(name);
      assertRefused(outcome, 'response-malformed');
      assert.deepEqual(outcome.mainRequests, ['pats.create', 'pats.revoke']);
      assert.equal(outcome.made.length, 1);
      assert.equal(outcome.job.secretVariables.AGENT_POOL_TOKEN, undefined);
    });
  }
});

describe('a token that is less than was asked for', () => {
  it('is accepted where a policy shortens it, with a warning that names both times', async () => {
    const { job, main, made, activeAfterJob } = await runTask(({ state }) => {
      state.policies.maximumLifespanMinutes = 20;
      return {};
    });
    assert.equal(job.result, 'Succeeded');
    assert.equal(main.result, 'Succeeded');
    const { validFrom = 0, validTo = 0 } = made[0] ?? {};
    assert.equal(Math.round((validTo - validFrom) / 60_000), 20);
    assert.equal(main.issues.length, 1);
    const [{ type, message } = { type: '', message: '' }] = main.issues;
    assert.equal(type, 'warning');
    const times = [...message.matchAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g)].map(([time]) => Date.parse(time));
    assert.equal(times.length, 2);
    const granted = Date.parse(job.outputs.mint?.expiresOn ?? '');
    assert.ok(Math.abs(granted - validTo) < 1000);
    assert.ok(times.includes(granted));
    assert.ok(times.some((time) => Math.abs(time - validFrom - 60 * 60_000) < 5000));
    assert.ok(
      main.log.some((line) => line.startsWith('Guarantee') && line.includes(job.outputs.mint?.expiresOn ?? '-')),
    );
    assert.deepEqual(activeAfterJob, []);
  });

  for (const [minutes, words] of [
    [59, 'a minute less'],
    [61.5, 'a minute and a half more'],
  ] as const) {
    it(`or more by no more than clocks differ is accepted without a word: ${words}`, async () => {
      const { job, main } = await runTask(telling({ validTo: later(minutes) }));
      assert.equal(job.result, 'Succeeded');
      assert.deepEqual(main.issues, []);
    });
  }

  it('is told with as many decimals as the service likes', async () => {
    const { job, main } = await runTask(telling({ validTo: later(60).replace(/\.\d+Z$/, '.1233333Z') }));
    assert.equal(job.result, 'Succeeded');
    assert.deepEqual(main.issues, []);
    assert.match(job.outputs.mint?.expiresOn ?? '', /\.123Z$/);
  });
});

describe('an answer that lacks', () => {
  const lacking: Record<string, Record<string, unknown>> = {
    'the id of the token': { authorizationId: null },
    'a readable id of the token': { authorizationId: '17' },
    'the token itself': { token: null },
    'a readable token': { token: { value: 'x' } },
    'any character of a token': { token: '' },
  };
  let outcomes: Record<string, Outcome>;

  before(async () => {
    outcomes = await runTasks(
      Object.fromEntries(Object.entries(lacking).map(([name, changes]) => [name, telling(changes)])),
    );
  });

  for (const name of Object.keys(lacking)) {
    it(`${name} is one whose token is looked for, revoked, and made once more`, () => {
      const outcome = outcomes[name];
      assert.ok(outcome);
      assert.equal(outcome.job.result, 'Succeeded');
      assert.deepEqual(outcome.mainRequests, ['pats.create', 'pats.list', 'pats.revoke', 'pats.create', 'pools.list']);
      assert.deepEqual(outcome.activeAfterMain, outcome.made.slice(1));
      assert.deepEqual(outcome.activeAfterJob, []);
    });
  }

  it('the token twice ends the step, and nothing stays alive', async () => {
    const plan = telling({ token: null });
    const run = typeof plan === 'function' ? {} : plan;
    const outcome = await runTask({ ...run, faults: [...(run.faults ?? []), ...(run.faults ?? [])] });
    assertRefused(outcome, 'response-malformed');
    assert.equal(outcome.made.length, 2);
  });
});
