import assert from 'node:assert/strict';
import { readDemoOutput, stepsOf } from '../../../dev/pictures/demo-output';
import { logPage } from '../../../dev/pictures/log-page';
import { withoutChance } from '../../../dev/pictures/without-chance';

const output = `
1. Package it
-------------
  ok  Packaged: dist/x.vsix
  | WARNING: this package names no publisher of yours.

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

  it('keeps the numbers of the lines where some are folded, and shows texts as they are', () => {
    const page = logPage(readDemoOutput(output));
    const rows = [...page.matchAll(/<span class="number">(\d*)<\/span><span>(.*)<\/span>/g)].map(([, number, said]) => [
      number,
      said,
    ]);
    assert.deepEqual(rows, [
      ['1', 'AgentPoolToken'],
      ['', '3 lines are folded'],
      ['5', 'Minted &lt;one> &amp; more.'],
      ['7', 'Register'],
      ['', '4 lines are folded'],
      ['12', 'Added.'],
      ['14', 'Post-job: AgentPoolToken'],
      ['15', 'Revoked it.'],
    ]);
    assert.match(page, /A local run of the packaged task against the emulator/);
  });

  it('folds what a client says on its way, and counts on', () => {
    const page = logPage(
      readDemoOutput(
        output.replace('  | Added.', '  | Connecting to server ...\n  | Added.\n  | Settings saved in /x.'),
      ),
    );
    const rows = [...page.matchAll(/<span class="number">(\d*)<\/span><span>(.*)<\/span>/g)].map((row) =>
      row.slice(1, 3),
    );
    assert.deepEqual(rows.slice(4, 8), [
      ['', '5 lines are folded'],
      ['13', 'Added.'],
      ['', '1 line is folded'],
      ['16', 'Post-job: AgentPoolToken'],
    ]);
  });

  it('is the same for two runs that differ in random values alone', () => {
    const run = (name: string, id: string, time: string, port: number) =>
      `Minted "agent-pool-token b4711 j12f1170f a1 ${name} agents" (id ${id}) until ${time} at http://127.0.0.1:${port}/fabrikam`;
    const [one, other] = [
      run('rhi44guom7', '803eea58-cbe4-4e0e-9547-6e37e26f1570', '2026-11-24T12:26:17.003Z', 41234),
      run('abcdefghij', '00000000-1111-4222-8333-444444444444', '2027-01-01T00:00:00Z', 8421),
    ].map(withoutChance);
    assert.equal(one, other);
    assert.match(one ?? '', /b4711 j12f1170f a1 [a-z2-7]{10} agents/);
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
