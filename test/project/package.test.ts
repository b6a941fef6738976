import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import JSZip from 'jszip';
import { contentTypes } from '../../scripts/packaging/content-types';
import { packageWith } from '../support/packaging';

const root = join(__dirname, '..', '..');
const dist = join(root, 'dist');
const task = 'tasks/AgentPoolToken/AgentPoolTokenV1';
const bundles = [
  `${task}/main.js`,
  `${task}/post.js`,
  'tasks/RevokeAgentPoolTokens/RevokeAgentPoolTokensV1/main.js',
  'tasks/RenewAgentPoolTokenIssuer/RenewAgentPoolTokenIssuerV1/main.js',
  'tasks/WaitForAgents/WaitForAgentsV1/main.js',
];
const taskFolders = [...new Set(bundles.map((bundle) => bundle.slice(0, bundle.lastIndexOf('/'))))];

/** Pictures of the Marketplace page, which no agent downloads. */
const screenshots = [
  'images/run-log.png',
  'images/service-connection.png',
  'images/task-form.png',
  'images/token-life.png',
];

/** Bytes of the package without them. */
const largestPackage = 250_000;
const largestBundle = 130_000;
/** Bytes of a task's folder as a zip, as which an agent downloads it. */
const largestTask = 90_000;

function packageFile(): string {
  const files = readdirSync(dist);
  assert.equal(files.length, 1, `dist holds ${files.join(', ')}`);
  return String(files[0]);
}

const cultures = ['de-DE', 'en-US'];

/** The texts of a task, in each language that it speaks. */
function textsOf(folder: string): string[] {
  return cultures.map((culture) => `${folder}/Strings/resources.resjson/${culture}/resources.resjson`);
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

  /** What files take up in a package. */
  async function sizeOf(names: string[]): Promise<number> {
    const alone = new JSZip();
    for (const name of names) {
      const content = await zip.file(name)?.async('nodebuffer');
      assert.ok(content, `${name} is not in the package`);
      alone.file(name, content, { createFolders: false });
    }
    const compressed = { compression: 'DEFLATE', compressionOptions: { level: 9 } } as const;
    return (await alone.generateAsync({ type: 'nodebuffer', ...compressed })).length;
  }

  /** Width and height in pixels. */
  async function sizeOfPicture(name: string): Promise<number[]> {
    const png = await zip.file(name)?.async('nodebuffer');
    assert.ok(png, `${name} is not in the package`);
    assert.equal(png.toString('latin1', 1, 4), 'PNG');
    return [png.readUInt32BE(16), png.readUInt32BE(20)];
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
      ...screenshots,
      'overview.md',
      ...[
        ...bundles,
        ...taskFolders.flatMap((folder) => [
          ...textsOf(folder),
          `${folder}/icon.png`,
          `${folder}/task.json`,
          `${folder}/task.loc.json`,
        ]),
      ].sort(),
    ]);
  });

  it('names the type of every file', async () => {
    const types = await text('[Content_Types].xml');
    for (const name of Object.keys(zip.files).filter((file) => file !== '[Content_Types].xml')) {
      const extension = /\.\w+$/.exec(name)?.[0];
      const entry = extension === undefined ? `<Override PartName="/${name}" ` : `<Default Extension="${extension}" `;
      assert.equal(types.split(entry).length, 2, name);
    }
    assert.throws(() => contentTypes(['tasks/strange.exe']), /end with "\.exe"/);
  });

  it('keeps its budgets', async () => {
    const size = bytes.length - (await sizeOf(screenshots));
    assert.ok(size <= largestPackage, `${size} bytes`);
    for (const entry of bundles) {
      const size = (await text(entry)).length;
      assert.ok(size <= largestBundle, `${entry}: ${size} bytes`);
    }
    for (const folder of taskFolders) {
      const files = Object.keys(zip.files).filter((name) => name.startsWith(`${folder}/`));
      const size = await sizeOf(files);
      assert.ok(size <= largestTask, `${folder}: ${size} bytes`);
    }
  });

  it('is as large as docs/performance.md says, to the kilobyte', async () => {
    const document = readFileSync(join(root, 'docs', 'performance.md'), 'utf8');
    const sizes = await Promise.all(bundles.map(async (entry) => (await text(entry)).length));
    const folders = taskFolders.map((folder) => Object.keys(zip.files).filter((name) => name.startsWith(`${folder}/`)));
    const zipped = await Promise.all(folders.map(sizeOf));
    for (const [row, size] of [
      [/^\| main \| .* \| (\d+) kB \|$/m, (await text(`${task}/main.js`)).length],
      [/^\| post \| .* \| (\d+) kB \|$/m, (await text(`${task}/post.js`)).length],
      [/^\| A bundle has .* \| (\d+) kB, the largest \|$/m, Math.max(...sizes)],
      [/^\| The folder of a task, .* \| (\d+) kB, the largest \|$/m, Math.max(...zipped)],
    ] as const) {
      const said = Number(row.exec(document)?.[1]) * 1000;
      assert.ok(Math.abs(said - size) <= 1000, `${row}: ${size} bytes, not ${said}`);
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
    assert.match(notices, /^azure-pipelines-task-lib \d/m);
    assert.doesNotMatch(notices, /undefined/);
  });

  it('says in the Marketplace what it is, with pictures of the size that is asked for', async () => {
    const manifest = JSON.parse(readFileSync(join(root, 'vss-extension.json'), 'utf8'));
    assert.deepEqual(manifest.screenshots.map(({ path }: { path: string }) => path).sort(), screenshots);
    const overview = await text('overview.md');
    for (const name of screenshots) {
      assert.deepEqual(await sizeOfPicture(name), [1366, 768], name);
      assert.match(
        overview,
        new RegExp(`!\\[[^\\]]{40,}\\]\\(${name}\\)`),
        `${name} is shown, with a text for readers who cannot see it`,
      );
      assert.match(await text('extension.vsixmanifest'), new RegExp(`Path="${name}" Addressable="true"`));
    }
    const shown = [...overview.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map((match) => match[1]);
    assert.deepEqual(shown.sort(), screenshots);
  });

  it('has icons of the sizes that the Marketplace and the task list show', async () => {
    for (const [name, size] of [
      ['images/icon.png', 128],
      ...taskFolders.map((folder) => [`${folder}/icon.png`, 32] as const),
    ] as const) {
      assert.deepEqual(await sizeOfPicture(name), [size, size], name);
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

  it('copies no exports of a module of Node, which takes memory and time at every start', async () => {
    for (const entry of bundles) {
      // What esbuild writes around a module that is imported as a whole.
      assert.doesNotMatch(await text(entry), /[\w$]\(require\("/, entry);
    }
  });

  it('has no link that leads nowhere', async () => {
    assert.doesNotMatch(await text('overview.md'), /\]\((?!https:|images\/|#)/);
    for (const file of Object.keys(zip.files).filter((name) =>
      /\.(json|resjson|vsixmanifest|vsomanifest)$/.test(name),
    )) {
      assert.doesNotMatch(await text(file), /marketplace\.visualstudio\.com/, `${file}: a page that does not exist`);
    }
  });

  it('comes out the same, byte for byte, when it is made again elsewhere, with a warning of what it lacks', async () => {
    const again = await packageWith();
    assert.ok(again.bytes.equals(bytes), 'two packagings differ: is the one in dist of these sources?');
    assert.match(again.warnings, /^WARNING: this package names no publisher of yours: .*give --publisher NAME\.$/m);
    assert.deepEqual(readdirSync(dist), [again.name], 'the package in dist is left alone');
  }).timeout(300_000);
});
