import assert from 'node:assert/strict';
import type { Fault, FaultAnswer } from '../../dev/emulator';
import { assertFails, assertQuiet } from '../support/expect';
import { fastTime } from '../support/fast-time';
import { accessTokenInputs, type Outcome, runTask, runTasks, type TaskRun } from '../support/job';

/** The request for a token ends so that it stays unknown whether there is one; more such ends are in test/tables. */
const endings: Record<string, { answer: FaultAnswer; effect: boolean }> = {
  'the token is made, and the answer is cut off': { answer: { truncate: true }, effect: true },
  'no token is made, and the connection breaks': { answer: { reset: true }, effect: false },
};

function create(answer: FaultAnswer, effect: boolean): Fault {
  return { operation: 'pats.create', when: effect ? 'after' : 'before', answer };
}

function run(faults: Fault[]): TaskRun {
  return { inputs: accessTokenInputs(), faults, options: { processEnvironment: fastTime() } };
}

describe('a request for a token whose outcome is unknown', () => {
  let once: Record<string, Outcome>;

  before(async function () {
    this.timeout(300_000);
    const entries = Object.entries(endings);
    once = await runTasks(
      Object.fromEntries(entries.map(([name, { answer, effect }]) => [name, run([create(answer, effect)])])),
    );
  });

  for (const [name, { effect }] of Object.entries(endings)) {
    it(`is made once more, and one token is alive during the job: ${name}`, () => {
      const outcome = once[name];
      assert.ok(outcome);
      assert.equal(outcome.job.result, 'Succeeded');
      const found = effect ? ['pats.revoke'] : [];
      assert.deepEqual(outcome.mainRequests, ['pats.create', 'pats.list', ...found, 'pats.create', 'pools.list']);
      assert.equal(outcome.made.length, effect ? 2 : 1);
      assert.deepEqual(outcome.activeAfterMain, outcome.made.slice(-1));
      assert.equal(outcome.job.secretVariables.AGENT_POOL_TOKEN, outcome.made.at(-1)?.token);
      assert.deepEqual(outcome.activeAfterJob, []);
    });
  }

  it('is made under another name the second time', () => {
    const { made } = once['the token is made, and the answer is cut off'] as Outcome;
    const names = made.map(({ displayName }) => displayName);
    assert.equal(new Set(names).size, 2);
  });

  it('may take effect after all: the post-job looks for its name again', async () => {
    // The first request is taken for lost, and makes its token only when the step has ended.
    let late: (() => void) | undefined;
    const outcome = await runTask((emulator) => ({
      ...run([create({ reset: true }, false)]),
      afterMain: () => late?.(),
      options: {
        onCommand: () => {
          const lost = emulator.requests.find(({ operation }) => operation === 'pats.create');
          if (!lost || late) return;
          late = () => {
            const { displayName, scope, validTo } = JSON.parse(lost.body);
            emulator.state.pats.push({
              authorizationId: '0a0b0c0d-0001-4002-8003-000000000004',
              displayName,
              scope,
              targetAccounts: [emulator.state.organizationId],
              token: 'LateToken'.repeat(10).slice(0, 84),
              validFrom: lost.at,
              validTo: Date.parse(validTo),
              userOid: emulator.state.users.default.oid,
              revoked: false,
            });
          };
        },
      },
    }));
    assert.equal(outcome.job.result, 'Succeeded');
    assert.equal(outcome.made.length, 2);
    assert.deepEqual(outcome.activeAfterJob, []);
    assert.deepEqual(outcome.postRequests, ['pats.revoke', 'pats.list', 'pats.revoke']);
  });

  it('is not made once more where the token cannot be looked for', async () => {
    const outcome = await runTask(
      run([
        create({ reset: true }, true),
        { operation: 'pats.list', answer: { status: 403, body: '{"message":"You may not look.","typeKey":"X"}' } },
      ]),
    );
    assertFails(outcome.main, 'network');
    assert.deepEqual(outcome.mainRequests, ['pats.create', 'pats.list']);
    assert.equal(outcome.activeAfterMain.length, 1);
    assert.deepEqual(outcome.activeAfterJob, []);
    assert.equal(outcome.post.result, 'Succeeded');
  });

  it('that is refused in the service’s own words leaves nothing to do', async () => {
    const body = JSON.stringify({ patToken: null, patTokenError: 'accessDenied' });
    const { post, main } = await runTask(run([create({ status: 200, body }, false)]));
    assert.equal(main.result, 'Failed');
    assertQuiet(post);
  });
});
