import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runOneAfterAnother, startCommand } from '../support/command-process';
import { runBatch } from './batch';
import { Report } from './report';

const root = join(__dirname, '..', '..');
/** Without the variables of the run that this test is part of. */
const env = { PATH: process.env.PATH };
const good = "it('one', () => {}); it('two', () => {});";

/** A suite, the last line of `npm test` for it, and what it says of the suite. */
const broken: [name: string, suite: string, lastLine: RegExp, says: RegExp][] = [
  [
    'a test that fails',
    `${good} it('three', () => { throw new Error('no'); });`,
    /^2 passed, 1 failed$/,
    /three\n.*no/,
  ],
  [
    'a worker that dies',
    `${good} it('three', () => { process.kill(process.pid, 'SIGKILL'); return new Promise(() => {}); });`,
    /^0 passed, 1 failed$/,
    /died of SIGKILL/,
  ],
  [
    'a worker that ends itself with exit code 0',
    `${good} it('three', () => process.exit(0));`,
    /^0 passed, 1 failed$/,
    /ended before its tests did, with exit code 0/,
  ],
  [
    'a rejection that nothing catches, while the tests run',
    `${good} it('three', async () => { Promise.reject(new Error('unwatched')); await new Promise(setImmediate); });`,
    /^3 passed, 1 failed$/,
    /unwatched/,
  ],
  [
    'a rejection that nothing catches, after the last test',
    `${good} after(() => { setTimeout(() => Promise.reject(new Error('late')), 50); });`,
    /^2 passed, 1 failed$/,
    /late/,
  ],
  [
    'an error after the last test',
    `${good} after(() => { setTimeout(() => { throw new Error('late'); }, 50); });`,
    /^2 passed, 1 failed$/,
    /late/,
  ],
  [
    'a hook that fails',
    `describe('these', () => { before(() => { throw new Error('hook'); }); ${good} });`,
    /^0 passed, 1 failed$/,
    /hook/,
  ],
  ['a file that cannot be loaded', `require('./nowhere'); ${good}`, /^0 passed, 1 failed$/, /Cannot find module/],
  ['a file without a test', "describe('nothing', () => {});", /^0 passed, 1 failed$/, /No test of this file ran/],
  ['tests that are left out by `only`', `${good} it.only('three', () => {});`, /^0 passed, 1 failed$/, /only/],
  ['tests that are all skipped', "it.skip('one', () => {});", /^0 passed, 1 failed, 1 skipped$/, /No test ran/],
];

/** Those whose exit code is seen: all others end in the same report. */
const runWhole = [
  'a worker that dies',
  'a rejection that nothing catches, after the last test',
  'a file that cannot be loaded',
  'a file without a test',
];

interface Ended {
  status: number | null;
  output: string;
  lastLine: string;
}

describe('npm test', () => {
  let folder: string;
  /** Runs of the whole command, by what is broken. */
  const whole = new Map<string, Ended>();
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'test-command-'));
    const runs = new Map(
      broken.flatMap(([name, suite]) => (runWhole.includes(name) ? [[name, [write(name, suite)]]] : [])),
    );
    runs.set('no test file', [join(folder, 'nowhere')]);
    runs.set('one of two files', [write('half-good', good), write('half-none', '')]);
    const commands = [...runs.values()].map((args) => ({ file: 'test/command/main.ts', args }));
    for (const [index, { status, stdout, stderr }] of (await runOneAfterAnother(commands, env)).entries()) {
      const name = [...runs.keys()][index] ?? assert.fail();
      whole.set(name, { status, output: stdout + stderr, lastLine: lastLineOf(stdout) });
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Most are no TypeScript: to compile a new file takes as long as to run it. */
  function write(name: string, suite: string, ending = 'js'): string {
    const file = join(folder, `${name.replaceAll(/\W+/g, '-')}.test.${ending}`);
    writeFileSync(file, suite);
    return file;
  }

  /** Runs a file as the command does, in this process. */
  async function runHere(file: string): Promise<Ended> {
    const lines: string[] = [];
    const report = new Report(1, (line) => lines.push(line));
    report.batchDone(await runBatch({ files: [file] }, (result) => report.fileDone(result)));
    report.close();
    const output = lines.join('\n');
    return { status: report.isGood ? 0 : 1, output, lastLine: lastLineOf(output) };
  }

  it('ends with exit code 0 and the sums after a good suite, and says where it is', () => {
    const slow = "it('slow', (done) => { setTimeout(done, 300); });";
    const args = [write('good', good, 'ts'), write('more', `${slow} it.skip('three', () => {});`)];
    const { status, stdout, stderr } = startCommand({ file: 'test/command/main.ts', args }, env);
    const output = stdout + stderr;
    const lastLine = lastLineOf(stdout);
    assert.equal(lastLine, '3 passed, 0 failed, 1 skipped', output);
    assert.equal(status, 0, output);
    assert.match(output, /^\[\d\/2\] .*good\.test\.ts: 2 passed in 0\.\d s \(at \d+ s\)$/m);
    assert.match(output, /^\[\d\/2\] .*more\.test\.js: 1 passed, 1 skipped in 0\.[3-9] s \(at \d+ s\)$/m);
  });

  for (const [name, suite, lastLine, says] of broken) {
    it(`ends with exit code 1 after ${name}`, async () => {
      const result = whole.get(name) ?? (await runHere(write(name, suite)));
      assert.equal(whole.has(name), runWhole.includes(name));
      assert.match(result.lastLine, lastLine, result.output);
      assert.match(result.output, says);
      assert.equal(result.status, 1);
    });
  }

  it('ends with exit code 1 where there is no test file, or one of two files is broken', () => {
    for (const [name, lastLine] of [
      ['no test file', /^0 passed, 1 failed$/],
      ['one of two files', /^2 passed, 1 failed$/],
    ] as const) {
      const ended = whole.get(name);
      assert.match(ended?.lastLine ?? '', lastLine, ended?.output);
      assert.equal(ended?.status, 1);
    }
  });

  it('misses a file without tests among others of the same process, and names the one that an error is of', async () => {
    const unwatched = "it('one', async () => { Promise.reject(new Error('no')); await new Promise(setImmediate); });";
    const files = [write('first', good), write('second', ''), write('third', unwatched), write('fourth', good)];
    const results: [string, number][] = [];
    const { failures } = await runBatch({ files }, ({ file, passed }) => results.push([file, passed]));
    assert.deepEqual(
      failures.map(({ file, error }) => [file, error.split('\n')[0]]),
      [
        [files[2], 'No test caught this:'],
        [files[1], 'No test of this file ran.'],
      ],
    );
    assert.deepEqual(results, [
      [files[0], 2],
      [files[2], 1],
      [files[3], 2],
    ]);
  });

  it('is what package.json and the script of the continuous integration run', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    assert.equal(scripts.test, 'node --require tsx/cjs test/command/main.ts');
    const ci = readFileSync(join(root, '.ci', 'run'), 'utf8');
    assert.match(ci, /^npm test \| tee "\$output"$[\s\S]*^tail -n 1 "\$output"\n$/m);
    assert.match(ci, /^set -euo pipefail$/m);
  });
});

function lastLineOf(output: string): string {
  return output.trimEnd().split('\n').at(-1) ?? '';
}
