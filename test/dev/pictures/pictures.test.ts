import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { browser } from '../../support/strangers';

const root = join(__dirname, '..', '..', '..');

function takePictures(...options: string[]): { status: number | null; stdout: string; stderr: string } {
  const script = ['--require', 'tsx/cjs', join(root, 'dev', 'commands', 'pictures.ts'), ...options];
  return spawnSync(process.execPath, script, { cwd: root, encoding: 'utf8' });
}

describe('npm run pictures', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'taken-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('takes the same picture twice, byte for byte, of the size that the Marketplace asks for', () => {
    const take = () => {
      const wanted = ['--only', 'service-connection.png', '--output', folder, '--browser', browser()];
      const { status, stdout, stderr } = takePictures(...wanted);
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^service-connection\.png \d+ kB$/m);
      assert.deepEqual(readdirSync(folder), ['service-connection.png']);
      return readFileSync(join(folder, 'service-connection.png'));
    };
    const png = take();
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [1366, 768]);
    assert.ok(png.length > 50_000, 'there is nothing on it');
    assert.ok(take().equals(png));
  }).timeout(300_000);
});
