import assert from 'node:assert/strict';
import type { Fault } from '../../dev/emulator';
import { accessTokenInputs, type Outcome, type Plan, runTasks, type Stage } from '../support/job-in-process';

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

/** The places where a text of a server may come into a message. */
const places: Record<string, (text: string) => Plan> = {
  'Entra’s description': (text) => refusal('entra.token', 400, { error: 'invalid_grant', error_description: text }),
  'Entra’s error': (text) => refusal('entra.token', 400, { error: text, suberror: text, trace_id: text }),
  'the token API’s reason': (text) => create(200, { patToken: null, patTokenError: text, patTokenErrorMessage: text }),
  'the token API’s message': (text) => create(403, { message: text, typeKey: text }),
  'the granted scope': (text) => ({
    inputs: accessTokenInputs(),
    faults: [
      {
        operation: 'pats.create',
        answer: { mutate: (json: { patToken: object }) => ({ ...json, patToken: { ...json.patToken, scope: text } }) },
      },
    ],
  }),
  'the message of the pools': (text) => ({
    inputs: accessTokenInputs(),
    faults: [{ operation: 'pools.list', answer: { status: 403, body: JSON.stringify({ message: text }) } }],
  }),
};

function refusal(operation: Fault['operation'], status: number, body: object): Plan {
  return { faults: [{ operation, answer: { status, body: JSON.stringify(body) } }] };
}

function create(status: number, body: object): Plan {
  const plan = refusal('pats.create', status, body);
  return { ...plan, inputs: accessTokenInputs() };
}

/** What is told of a text is one line of plain characters, whatever the agent makes of commands behind it. */
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
