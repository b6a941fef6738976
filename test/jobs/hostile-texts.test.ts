import assert from 'node:assert/strict';
import type { StageResult } from '../../dev/job-runner';
import { places } from '../support/hostile-places';
import { accessTokenInputs, type Outcome, type Plan, runTask, runTasks } from '../support/job';

/** What a log line could be taken for; each text in each place is tried in test/tables. */
const texts = [
  'We are sorry ##vso[task.setvariable variable=HOSTILE]yes',
  'We are sorry.\n##vso[task.setvariable variable=HOSTILE]yes%0A##[error]x',
  '##v##vso[x]so[task.setvariable variable=HOSTILE]yes \u001b[31mred\u001b[0m',
  'We are sorry.\r##vso[task.complete result=Succeeded;done=true]fine',
];

/** Every command that this task may write, as the agent reads it: from its first `##vso[` on. */
const ownCommands = /^##vso\[task\.(debug|setsecret|settaskvariable|issue|complete|setvariable) ?/;

function assertHarmless({ result, rawLines, message = '', log }: StageResult): void {
  assert.equal(result, 'Failed');
  for (const line of rawLines) {
    if (line.includes('##vso')) assert.match(line, ownCommands);
    // What stands behind the first command of a line is its data; only debug lines repeat inputs there as they are.
    if (!line.startsWith('##vso[task.debug]')) assert.doesNotMatch(line.slice(1), /##\s*vso/i);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    assert.doesNotMatch(line, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
  }
  assert.doesNotMatch(message, /[\r\n]|##\[/);
  assert.ok(message.length < 1500, `${message.length} characters`);
  const formats = log.filter((line) => line.startsWith('##[') && !/^##\[(debug|section|error|warning)\]/.test(line));
  assert.deepEqual(formats, []);
  assert.equal(log.filter((line) => line.startsWith('##[section]Finishing')).length, 1);
}

/** Every text once at least, and each place. */
const scenarios = Object.entries(places).map(([place, plan], index): [string, Plan] => [
  place,
  plan(texts[index % texts.length] ?? ''),
]);

describe('a hostile text from a server, in the packaged task', () => {
  let outcomes: Record<string, Outcome>;

  before(async function () {
    this.timeout(300_000);
    outcomes = await runTasks(Object.fromEntries(scenarios));
  });

  for (const [name] of scenarios) {
    it(`is only a text, in ${name}`, () => {
      const outcome = outcomes[name];
      assert.ok(outcome);
      const { job, main } = outcome;
      assertHarmless(main);
      assert.equal(job.result, 'Failed');
      assert.equal(job.variables.HOSTILE, undefined);
      assert.equal(job.secretVariables.HOSTILE, undefined);
    });
  }

  it('in the answer to a revocation is only a text', async () => {
    const body = JSON.stringify({ message: 'No.\n##vso[task.setvariable variable=HOSTILE]yes', typeKey: 'X' });
    const { job, post } = await runTask({
      inputs: accessTokenInputs({ onRevokeFailure: 'fail' }),
      faults: [{ operation: 'pats.revoke', answer: { status: 403, body } }],
    });
    assertHarmless(post);
    assert.equal(job.variables.HOSTILE, undefined);
  });

  it('in the name of a pipeline or a pool is only a text', async () => {
    const hostile = 'Nightly\n##vso[task.setvariable variable=HOSTILE]yes';
    const { job, main } = await runTask({
      inputs: accessTokenInputs({ pool: '##vso[task.setvariable variable=HOSTILE]yes' }),
      options: { variables: { 'Build.DefinitionName': hostile } },
    });
    assertHarmless(main);
    assert.equal(job.variables.HOSTILE, undefined);
  });
});
