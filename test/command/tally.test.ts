import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeTally, readTally, tallyProblem, tallyVariable } from '../support/tally';

const module = join(__dirname, '..', 'support', 'tally.ts');

describe('what the tests count together', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tally-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Counts in a process of its own, as each file of `npm test` does. */
  function countThere(...counts: [what: string, number: number][]): void {
    const program = `const { count } = require(${JSON.stringify(module)});
      for (const [what, number] of ${JSON.stringify(counts)}) count(what, number);`;
    const env = { PATH: process.env.PATH, [tallyVariable]: folder };
    const { status, stderr } = spawnSync(process.execPath, ['--require', require.resolve('tsx/cjs'), '-e', program], {
      env,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
  }

  it('is the sum of all processes', () => {
    countThere(['crash points', 2], ['tokens left alive', 0]);
    countThere(['faults', 1], ['faults', 40], ['crash points', 1]);
    assert.equal(describeTally(readTally(folder)), '3 crash points, 41 faults, 0 tokens left alive');
  });

  it('fails the run where a token was left alive, or fewer crash points or faults were tried than before', () => {
    const enough = { 'crash points': 188, faults: 256, 'tokens left alive': 0 };
    assert.equal(tallyProblem(enough, true), undefined);
    assert.match(tallyProblem({ ...enough, 'tokens left alive': 1 }, true) ?? '', /left alive/);
    assert.match(tallyProblem({ ...enough, 'tokens left alive': 1 }, false) ?? '', /left alive/);
    for (const less of [{ 'crash points': 187 }, { faults: 255 }, { faults: Number.NaN }]) {
      assert.match(tallyProblem({ ...enough, ...less }, true) ?? '', /have to be tried/);
      assert.equal(tallyProblem({ ...enough, ...less }, false), undefined, 'some files alone try less');
    }
  });
});
