/** npm run package [-- --publisher NAME]: leaves exactly one file, dist/agent-pool-token-<version>.vsix. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import JSZip from 'jszip';
import { dist, root, staged, version } from './layout';
import { stage } from './stage';

const fixedDate = new Date(Date.UTC(1980, 0, 1));

async function main(): Promise<void> {
  const { publisher } = parseArgs({ options: { publisher: { type: 'string' } } }).values;
  await stage(publisher);
  const unsorted = join(root, 'build', 'unsorted.vsix');
  createWithTfx(unsorted);
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist);
  const file = join(dist, `agent-pool-token-${version()}.vsix`);
  writeFileSync(file, await repack(readFileSync(unsorted)));
  console.log(`${relative(root, file)} ${(statSync(file).size / 1000).toFixed(1)} kB`);
}

/** tfx-cli reports a broken task.json as a warning and succeeds: here a warning is an error. */
function createWithTfx(output: string): void {
  const tfx = require.resolve('tfx-cli/_build/tfx-cli.js');
  const create = [
    'extension',
    'create',
    '--root',
    staged,
    '--manifests',
    'vss-extension.json',
    '--output-path',
    output,
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, [tfx, ...create, '--no-color', '--no-prompt'], {
    cwd: staged,
    encoding: 'utf8',
  });
  const said = `${stdout}${stderr}`;
  if (status === 0 && !/warn(ing)?:/i.test(said)) return;
  throw new Error(`tfx-cli is not content (exit code ${status}):\n${said}`);
}

/** The same files give the same bytes: sorted by name, without folders, with one date. tfx-cli's own output differs. */
async function repack(vsix: Buffer): Promise<Buffer> {
  const original = await JSZip.loadAsync(vsix);
  const sorted = new JSZip();
  const names = Object.values(original.files)
    .filter((entry) => !entry.dir)
    .map((entry) => entry.name)
    .sort();
  for (const name of names) {
    const content = await original.file(name)?.async('nodebuffer');
    sorted.file(name, content ?? '', { date: fixedDate, createFolders: false });
  }
  return sorted.generateAsync({
    type: 'nodebuffer',
    compression: 'DEFLATE',
    compressionOptions: { level: 9 },
    platform: 'DOS',
  });
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
