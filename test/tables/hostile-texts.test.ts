import assert from 'node:assert/strict';
import { places } from '../support/hostile-places';
import { type Outcome, type Plan, runTasks, type Stage } from '../support/job-in-process';

const texts: Record<string, string> = {
  'a command': '##vso[task.setvariable variable=HOSTILE]yes',
  'a command that ends the step': '##vso[task.complete result=Succeeded;done=true]fine',
  'a command behind words': 'We are sorry ##vso[task.setvariable variable=HOSTILE]yes',
  'a command on a new line': 'We are sorry.\n##vso[task.setvariable variable=HOSTILE]yes',
  'a command behind a lone carriage return': 'We are sorry.\r##vso[task.setvariable variable=HOSTILE]yes',
  'a command behind a line separator': 'We are sorry.\u2028##vso[task.setvariable variable=HOSTILE]yes\u0085##[error]x',
  'a command with a control character in it': '##\u0000vso[task.setvariable variable=HOSTILE]yes',
  'a command in another one': '##v##vso[x]so[task.setvariable variable=HOSTILE]yes',
  'a command in another one, twice': '####vso[x]vso[task.setvariable variable=HOSTILE]yes',
  'an escaped new line': 'We are sorry.%0A##vso[task.setvariable variable=HOSTILE]yes',
  'a format': '##[section]Finishing: Everything ##[error]nothing is well ##[group]',
  'a colour': '\u001b[31mred\u001b[0m \u0007\u0008 bell',
  'a text from right to left': 'the \u202egnorw\u202c way',
  'a very long text': 'lorem ipsum '.repeat(5000),
};

/** What the step says of a text is one line of plain characters, so that the agent finds no command in it. */
function assertHarmless({ result, message = '', log }: Stage): void {
  assert.equal(result, 'Failed');
  for (const line of log) {
    assert.doesNotMatch(line, /##\s*(vso|\[)/i);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
  }
  assert.ok(message.length < 1500, `${message.length} characters`);
}

const scenarios = Object.entries(places).flatMap(([place, plan]) =>
  Object.entries(texts).map(([name, text]): [string, Plan] => [`${place}: ${name}`, plan(text)]),
);

describe('a hostile text from a server', () => {
  let outcomes: Record<string, Outcome>;

  before(async () => {
    outcomes = await runTasks(Object.fromEntries(scenarios));
  });

  for (const [name] of scenarios) {
    it(`is only a text, in ${name}`, () => {
      const outcome = outcomes[name];
      assert.ok(outcome);
      assertHarmless(outcome.main);
      assert.deepEqual(outcome.job.secretVariables, {});
    });
  }
});
