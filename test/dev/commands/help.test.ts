import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandRun, type Ended, runOneAfterAnother, startCommand } from '../../support/command-process';

const root = join(__dirname, '..', '..', '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

/** The commands of this project for its developers, by their names, with their files. The set-up command has its own tests. */
const commands = Object.entries(scripts).flatMap(([name, line]) => {
  const [, file] = /^node --require tsx\/cjs ((?:scripts|dev)\/[\w/-]+\.ts)$/.exec(line) ?? [];
  return file === undefined ? [] : [{ name, file }];
});

const folder = mkdtempSync(join(tmpdir(), 'refused-'));
const unsupported = join(folder, 'unsupported.yml');
const nowhere = join(folder, 'nowhere.yml');
/** Stands for a port that something else listens on. */
const takenPort = 'TAKEN';

/** What commands refuse, with which exit code and with which words. */
const refusals: [name: string, args: string[], status: number, says: RegExp][] = [
  ['job', [], 2, /^Expected exactly one pipeline file, not 0\. Usage: npm run job /],
  ['job', [unsupported, '--variable', 'x'], 2, /NAME=VALUE/],
  ['job', [nowhere], 2, /nowhere\.yml cannot be read: ENOENT\.\n$/],
  ['job', [unsupported, '--tasks', folder], 2, /'resources' is not supported/],
  ['emulator', ['--port', 'x'], 2, /Usage: npm run emulator/],
  ['emulator', ['--organization', 'a/b'], 2, /Usage: npm run emulator/],
  ['emulator', ['--port', takenPort], 1, /EADDRINUSE[\s\S]*Choose another port with --port\./],
  ['preview', ['--port', 'x'], 2, /Usage: npm run preview/],
  ['preview', ['--host', '0.0.0.0'], 2, /Usage: npm run preview/],
  ['preview', ['--port', takenPort], 1, /EADDRINUSE[\s\S]*Choose another port with --port\./],
  ['release-files', ['--tag', 'v0.0.1'], 1, /^The tag is v0\.0\.1, but package\.json has the version \d+\.\d+\.\d+: /],
  [
    'package',
    ['--output', folder, '--repository', 'https://example.com/x'],
    2,
    /^--repository "https:\/\/example\.com\/x" is no repository/,
  ],
  [
    'pictures',
    ['--only', 'nonsense.png', '--output', join(folder, 'pictures')],
    2,
    /^--only is one of token-life\.png, task-form\.png, .*run-log\.png, not "nonsense\.png"\. Usage/,
  ],
  [
    'pictures',
    ['--only', 'token-life.png', '--output', join(folder, 'pictures'), '--browser', join(folder, 'none')],
    1,
    /cannot be started\. Install Debian's package chromium, or name another/,
  ],
];

describe('every command', () => {
  const server = createServer();
  let helped: Ended[];
  let refused: Ended[];
  let refusedLater: Ended[];
  before(async () => {
    writeFileSync(unsupported, 'resources: {}\nsteps: []');
    writeFileSync(join(folder, 'mine.vsix'), '');
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const port = String((server.address() as AddressInfo).port);
    const each = (arg: string): CommandRun[] => commands.map(({ file }) => ({ file, args: [arg] }));
    const ended = await runOneAfterAnother([
      ...each('--help'),
      ...each('--no-such-option'),
      ...refusals.map(([name, args]) => ({
        file: commands.find((command) => command.name === name)?.file ?? assert.fail(name),
        args: args.map((arg) => (arg === takenPort ? port : arg)),
      })),
    ]);
    helped = ended.slice(0, commands.length);
    refused = ended.slice(commands.length, 2 * commands.length);
    refusedLater = ended.slice(2 * commands.length);
  });
  after(() => {
    server.close();
    rmSync(folder, { recursive: true });
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

  for (const [index, [name, args, status, says]] of refusals.entries()) {
    const words = args.map((arg) => arg.replace(folder, '…')).join(' ');
    it(`npm run ${name} ${words}: is refused with exit code ${status} and says why`, () => {
      const ended = refusedLater[index];
      assert.match(ended?.stderr ?? '', says);
      assert.deepEqual([ended?.status, ended?.stdout], [status, '']);
    });
  }

  it('leaves no picture where it takes none, and loses no file of a user', () => {
    assert.deepEqual(readdirSync(join(folder, 'pictures')), []);
    assert.deepEqual(readdirSync(folder).sort(), ['mine.vsix', 'pictures', 'unsupported.yml']);
  });

  it('is among these, and in a process of its own says the same', () => {
    assert.ok(commands.length >= 9, `${commands.length}`);
    const [{ file } = assert.fail()] = commands;
    assert.deepEqual(startCommand({ file, args: ['--no-such-option'] }), refused[0]);
  });
});
