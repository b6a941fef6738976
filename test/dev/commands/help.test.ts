import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sideBySide } from '../../support/side-by-side';

const root = join(__dirname, '..', '..', '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

/** The commands of this project for its developers, by their names, with their files. The set-up command has its own tests. */
const commands = Object.entries(scripts).flatMap(([name, line]) => {
  const [, file] = /^tsx ((?:scripts|dev)\/[\w/-]+\.ts)$/.exec(line) ?? [];
  return file === undefined ? [] : [{ name, file }];
});

function run(file: string, ...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--require', 'tsx/cjs', file, ...args], { cwd: root }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

sideBySide('every command', 3, (test) => {
  for (const { name, file } of commands) {
    test(`npm run ${name}: --help says how it is called and what it does; another option gets one line`, async () => {
      const help = await run(file, '--help');
      assert.deepEqual([help.status, help.stderr], [0, '']);
      assert.match(help.stdout, new RegExp(`^npm run ${name}\\b`));
      assert.ok(help.stdout.split('\n').length > 3, help.stdout);
      for (const line of help.stdout.split('\n')) assert.ok(line.length <= 120, line);
      const wrong = await run(file, '--no-such-option');
      assert.deepEqual([wrong.status, wrong.stdout], [2, '']);
      assert.match(wrong.stderr, new RegExp(`^Unknown option '--no-such-option'\\. Usage: npm run ${name}\\b.*\\n$`));
    });
  }

  test('is among these', async () => {
    assert.ok(commands.length >= 9, `${commands.length}`);
  });
});
