import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '..', '..', '..');
const tally = join(root, 'test', 'support', 'tally.ts');

/** Runs files that count so: more than one each in a process of its own, as `npm test` runs its files. */
function run(...files: string[]): { status: number | null; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tally-test-'));
  try {
    files.forEach((counts, index) => {
      const body = `it('runs', () => { const { count } = require(${JSON.stringify(tally)}); ${counts} });`;
      writeFileSync(join(folder, `${index}.test.js`), body);
    });
    const mocha = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
    const options = [
      '--parallel',
      '--jobs',
      '2',
      '--require',
      'tsx/cjs',
      '--require',
      tally,
      join(folder, '*.test.js'),
    ];
    const { status, stdout, stderr } = spawnSync(process.execPath, [mocha, ...options], {
      cwd: root,
      encoding: 'utf8',
      env: { PATH: process.env.PATH },
    });
    return { status, output: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('the line that sums up what was tried', function () {
  this.timeout(60_000);

  it('adds up what each file counted in its own process', () => {
    const { status, output } = run(
      "count('crash points', 2); count('tokens left alive', 0)",
      "count('faults', 1); count('faults', 40); count('crash points', 1)",
    );
    assert.match(output, /\n {2}3 crash points, 41 faults, 0 tokens left alive\n/);
    assert.equal(status, 0, output);
  });

  for (const [why, counts] of [
    ['a token was left alive', "count('crash points', 2); count('faults', 1); count('tokens left alive', 1)"],
    ['no crash point was tried', "count('faults', 1)"],
    ['no fault was tried', "count('crash points', 2); count('faults', 0)"],
  ] as const) {
    it(`fails the run if ${why}`, () => {
      const { status, output } = run(counts);
      assert.match(output, /1 passing/);
      assert.match(output, /no token may be left alive/);
      assert.notEqual(status, 0);
    });
  }
});
