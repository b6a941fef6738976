import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..', '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

/** The commands of this project for its developers, by their names, with their files. The set-up command has its own tests. */
const commands = Object.entries(scripts).flatMap(([name, line]) => {
  const [, file] = /^tsx ((?:scripts|dev)\/[\w/-]+\.ts)$/.exec(line) ?? [];
  return file === undefined ? [] : [{ name, file }];
});

interface Ended {
  status: number;
  stdout: string;
  stderr: string;
}

/** Starts a command as npm does. */
function start(file: string, ...args: string[]): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--require', 'tsx/cjs', file, ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status: status ?? -1, stdout, stderr };
}

/**
 * Loads every command with these arguments, one after another in one process of their own: they share most of what they
 * load, and all of them do no more than answer at once. What one leaves to be done later would show as output of the last.
 */
function loadAll(arg: string): Ended[] {
  const program = `
    const ended = [];
    for (const file of ${JSON.stringify(commands.map(({ file }) => join(root, file)))}) {
      const said = { status: 0, stdout: '', stderr: '' };
      ended.push(said);
      process.argv = [process.execPath, file, ${JSON.stringify(arg)}];
      console.log = (text) => { said.stdout += text + '\\n'; };
      console.error = (text) => { said.stderr += text + '\\n'; };
      process.exitCode = 0;
      require(file);
      said.status = process.exitCode;
    }
    process.exitCode = 0;
    process.once('exit', () => process.stdout.write(JSON.stringify(ended)));`;
  const { status, stdout, stderr } = start('-e', program);
  assert.deepEqual([status, stderr], [0, '']);
  return JSON.parse(stdout);
}

describe('every command', () => {
  let helped: Ended[];
  let refused: Ended[];
  before(() => {
    helped = loadAll('--help');
    refused = loadAll('--no-such-option');
  });

  for (const [index, { name, file }] of commands.entries()) {
    it(`npm run ${name}: --help says how it is called and what it does; another option gets one line`, () => {
      const [help, wrong] = [helped[index], refused[index]];
      assert.ok(help && wrong);
      assert.deepEqual([help.status, help.stderr], [0, '']);
      assert.match(help.stdout, new RegExp(`^npm run ${name}\\b`));
      assert.ok(help.stdout.split('\n').length > 3, help.stdout);
      for (const line of help.stdout.split('\n')) assert.ok(line.length <= 120, line);
      assert.deepEqual([wrong.status, wrong.stdout], [2, ''], file);
      assert.match(wrong.stderr, new RegExp(`^Unknown option '--no-such-option'\\. Usage: npm run ${name}\\b.*\\n$`));
    });
  }

  it('is among these, and in a process of its own says the same', () => {
    assert.ok(commands.length >= 9, `${commands.length}`);
    const [{ file } = assert.fail()] = commands;
    assert.deepEqual([start(file, '--help'), start(file, '--no-such-option')], [helped[0], refused[0]]);
  });
});
