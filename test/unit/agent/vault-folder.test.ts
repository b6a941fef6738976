import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { privateFolder, removeFolder } from '../../../src/agent/vault-folder';

describe('the folder of the vault', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'vault-folder-'));
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('is one of its own, in the first place that takes a file', () => {
    const [file, first, second] = ['file', 'first', 'second'].map((name) => join(root, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(file, '');
    mkdirSync(first);
    mkdirSync(second);
    const folder = privateFolder([undefined, '', join(root, 'absent'), file, first, second]) ?? assert.fail();
    assert.equal(dirname(folder), first);
    assert.deepEqual(readdirSync(second), []);
    assert.notEqual(privateFolder([first]), folder);
  });

  it('is closed to other users, and so is the file in it', function () {
    if (process.platform === 'win32') this.skip();
    const folder = privateFolder([root]) ?? assert.fail();
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.equal(statSync(join(folder, '.taskkey')).mode & 0o777, 0o600);
  });

  it('is removed with all that the task library wrote into it', () => {
    const folder = privateFolder([root]) ?? assert.fail();
    // Where a variable names a pass phrase or a password, the library keeps a key for it beside its own.
    for (const name of ['cert', 'proxy']) writeFileSync(join(folder, name), '');
    removeFolder(folder);
    assert.deepEqual(readdirSync(root), []);
    removeFolder(folder);
  });

  it('is none where no place takes a file', () => {
    assert.equal(privateFolder([]), undefined);
    assert.equal(privateFolder([join(root, 'absent')]), undefined);
    assert.deepEqual(readdirSync(root), []);
  });
});
