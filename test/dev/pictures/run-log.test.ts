import assert from 'node:assert/strict';
import { readDemoOutput, stepsOf } from '../../../dev/pictures/demo-output';
import { logPage } from '../../../dev/pictures/log-page';

const output = `
1. Package it
-------------
  ok  Packaged without a warning: dist/x.vsix

2. Run a job with it
--------------------
  Organization: http://127.0.0.1:1/fabrikam

  | steps:
  |   - task: AgentPoolToken@1

  | ##[section]Starting: AgentPoolToken
  | ==============================================================================
  | Task         : Agent Pool Token
  | ==============================================================================
  | Minted <one> & more.
  | ##[section]Finishing: AgentPoolToken
  | ##[section]Starting: Register
  | Generating script.
  | Script contents:
  | ./config.sh
  | ========================== Starting Command Output ===========================
  | Added.
  | ##[section]Finishing: Register
  | ##[section]Starting: AgentPoolToken
  | Revoked it.
  | ##[section]Finishing: AgentPoolToken

3. What happened
----------------
  ok  It minted one.

4. Try it once more
-------------------
  ok  Refused.

All of it held.
`;

describe('the picture of a run', () => {
  it('shows the job as it was logged, and what was checked', () => {
    const { log, checks } = readDemoOutput(output);
    assert.equal(log.length, 16);
    assert.equal(log[0], '##[section]Starting: AgentPoolToken');
    assert.deepEqual(checks, [
      { heading: 'What happened', held: ['It minted one.'] },
      { heading: 'Try it once more', held: ['Refused.'] },
    ]);
    assert.deepEqual(
      stepsOf(log).map(({ title, lines }) => [title, lines.length]),
      [
        ['AgentPoolToken', 4],
        ['Register', 5],
        ['Post-job: AgentPoolToken', 1],
      ],
    );
  });

  it('keeps the numbers of the lines, whatever is folded, and shows texts as they are', () => {
    const page = logPage(readDemoOutput(output));
    const rows = [...page.matchAll(/<span class="number">(\d*)<\/span><span>(.*)<\/span>/g)].map(([, number, said]) => [
      number,
      said,
    ]);
    assert.deepEqual(rows, [
      ['1', 'AgentPoolToken'],
      ['', "3 lines of the step's header are folded"],
      ['5', 'Minted &lt;one> &amp; more.'],
      ['7', 'Register'],
      ['', "4 lines of the step's header are folded"],
      ['12', 'Added.'],
      ['14', 'Post-job: AgentPoolToken'],
      ['15', 'Revoked it.'],
    ]);
    assert.match(page, /A local run of the packaged task against the emulator/);
  });

  for (const [what, bad] of [
    ['a claim that did not hold', output.replace('All of it held.', '1 of these claims did not hold.')],
    ['no log', output.replaceAll('  | ##[section]', '  | ')],
    ['nothing that was checked', output.replaceAll('  ok  ', '  NOT OK  ')],
    ['nothing at all', ''],
  ] as const) {
    it(`is not taken of a demo with ${what}`, () => {
      assert.throws(() => readDemoOutput(bad), /The demo did not run as it should/);
    });
  }
});
