import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { powerShell } from '../support/strangers';

const root = join(__dirname, '..', '..');

interface Lock {
  packages: Record<string, { version?: string; integrity?: string; resolved?: string }>;
}

const lock = (folder: string): Lock => JSON.parse(readFileSync(join(root, folder, 'package-lock.json'), 'utf8'));

describe('the programs from the registry', () => {
  it('have a version and a hash each, and no address', () => {
    const { '': self, ...packages } = lock('test/strangers').packages;
    assert.ok(self && Object.keys(packages).length > 0);
    for (const [name, { version, integrity, resolved }] of Object.entries(packages)) {
      assert.ok(version, name);
      assert.match(integrity ?? '', /^sha512-/, name);
      assert.equal(resolved, undefined, name);
    }
  });

  it('do not come a second time with the packages of the demo, unless in another version', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'test', 'strangers', 'package.json'), 'utf8'));
    const { packages } = lock('.');
    for (const [name, version] of Object.entries(dependencies)) {
      assert.notEqual(packages[`node_modules/${name}`]?.version, version, name);
    }
  });

  it('are listed in CONTRIBUTING.md in the versions that are installed', () => {
    const section = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').split(
      '## Third-party clients and servers in the tests',
    )[1];
    const rows = [...(section?.split('\n## ')[0] ?? '').matchAll(/^\| `([^`]+)` \| ([\d.]+) \|/gm)];
    assert.ok(rows.length > 0);
    const { dependencies } = JSON.parse(readFileSync(join(root, 'test', 'strangers', 'package.json'), 'utf8'));
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    for (const [, name = '', version] of rows)
      assert.equal({ ...devDependencies, ...dependencies }[name], version, name);
  });

  it('include PowerShell, where the set-up could install it', function () {
    const program = powerShell();
    if (program === undefined) {
      console.log('      (this machine has no PowerShell)');
      this.skip();
    }
    const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
    assert.match(stdout, /^PowerShell [7-9]\.\d+\.\d+\r?\n$/);
  });
});
