import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import JSZip from 'jszip';

const root = join(__dirname, '..');
const dist = join(root, 'dist');
const task = 'tasks/AgentPoolToken/AgentPoolTokenV1';
const bundles = [
  `${task}/main.js`,
  `${task}/post.js`,
  'tasks/RevokeAgentPoolTokens/RevokeAgentPoolTokensV1/main.js',
  'tasks/WaitForAgents/WaitForAgentsV1/main.js',
];
const taskFolders = [...new Set(bundles.map((bundle) => bundle.slice(0, bundle.lastIndexOf('/'))))];

const largestPackage = 250_000;
const largestBundle = 220_000;

function packageFile(): string {
  const files = readdirSync(dist);
  assert.equal(files.length, 1, `dist holds ${files.join(', ')}`);
  return String(files[0]);
}

function version(): string {
  return String(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
}

describe('the package', () => {
  let bytes: Buffer;
  let zip: JSZip;

  before(async () => {
    bytes = readFileSync(join(dist, packageFile()));
    zip = await JSZip.loadAsync(bytes);
  });

  async function text(name: string): Promise<string> {
    const file = zip.file(name);
    assert.ok(file, `${name} is not in the package`);
    return file.async('string');
  }

  it('is one file, named by its version', () => {
    assert.equal(packageFile(), `agent-pool-token-${version()}.vsix`);
  });

  it('holds exactly what it should', () => {
    assert.deepEqual(Object.keys(zip.files).sort(), [
      'LICENSE',
      'THIRD-PARTY-NOTICES.txt',
      '[Content_Types].xml',
      'extension.vsixmanifest',
      'extension.vsomanifest',
      'images/icon.png',
      'overview.md',
      ...[...bundles, ...taskFolders.flatMap((folder) => [`${folder}/icon.png`, `${folder}/task.json`])].sort(),
    ]);
  });

  it('keeps its budgets', async () => {
    assert.ok(bytes.length <= largestPackage, `${bytes.length} bytes`);
    for (const entry of bundles) {
      const size = (await text(entry)).length;
      assert.ok(size <= largestBundle, `${entry}: ${size} bytes`);
    }
  });

  it('carries the one version number everywhere', async () => {
    const [major, minor, patch] = version().split('.').map(Number);
    for (const folder of taskFolders) {
      const manifest = JSON.parse(await text(`${folder}/task.json`));
      assert.deepEqual(manifest.version, { Major: major, Minor: minor, Patch: patch }, folder);
    }
    assert.match(await text('extension.vsixmanifest'), new RegExp(`<Identity [^>]*Version="${version()}"`));
    assert.match(await text(`${task}/main.js`), new RegExp(`["\`]${version()}["\`]`));
  });

  it('names the licence of every package that is bundled', async () => {
    const notices = await text('THIRD-PARTY-NOTICES.txt');
    for (const name of ['azure-pipelines-task-lib', 'typed-rest-client', 'semver']) {
      assert.match(notices, new RegExp(`^${name} \\d`, 'm'));
    }
    assert.doesNotMatch(notices, /undefined/);
  });

  it('has icons of the sizes that the Marketplace and the task list show', async () => {
    for (const [name, size] of [
      ['images/icon.png', 128],
      ...taskFolders.map((folder) => [`${folder}/icon.png`, 32] as const),
    ] as const) {
      const png = await zip.file(name)?.async('nodebuffer');
      assert.ok(png);
      assert.equal(png.toString('latin1', 1, 4), 'PNG');
      assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [size, size], name);
    }
  });

  it('does not depend on files beside it', async () => {
    for (const entry of bundles) {
      const code = await text(entry);
      const required = [...code.matchAll(/\brequire\("([^"]+)"\)/g)].map((match) => String(match[1]));
      const foreign = required.filter(
        (name) => !require('node:module').builtinModules.includes(name.replace('node:', '')),
      );
      assert.deepEqual(foreign, [], entry);
    }
  });

  it('comes out the same, byte for byte, when it is made again, and with another publisher when told', async function () {
    this.timeout(60_000);
    repackage('--publisher', 'somebody-else');
    const other = await JSZip.loadAsync(readFileSync(join(dist, packageFile())));
    assert.match(String(await other.file('extension.vsixmanifest')?.async('string')), /Publisher="somebody-else"/);
    repackage();
    assert.ok(readFileSync(join(dist, packageFile())).equals(bytes), 'two packagings differ');
  });
});

function repackage(...options: string[]): void {
  const script = [require.resolve('tsx/cli'), join(root, 'scripts', 'package.ts'), ...options];
  const { status, stderr } = spawnSync(process.execPath, script, { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}
