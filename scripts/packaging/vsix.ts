import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import JSZip from 'jszip';
import type { Edition } from '../edition/edition';
import { dist, stagedFolder } from '../layout';
import { contentTypes, contentTypesFile } from './content-types';
import { stage } from './stage';

const fixedDate = new Date(Date.UTC(1980, 0, 1));

export interface Package {
  /** Its name, without a folder. */
  name: string;
  /** Where it is. */
  file: string;
  /** What went into each of its bundles. */
  bundles: Metafile[];
}

/** Makes the package of an edition. No other package is in the edition's folder afterwards. */
export async function makePackage(edition: Edition): Promise<Package> {
  const { id, version, output } = edition;
  const staged = stagedFolder(id);
  const unsorted = `${staged}.unsorted.vsix`;
  const name = `${id}-${version}.vsix`;
  const file = join(output, name);
  try {
    const bundles = await stage(edition);
    createWithTfx(staged, unsorted);
    clear(output);
    writeFileSync(file, await repack(readFileSync(unsorted)));
    return { name, file, bundles };
  } finally {
    for (const made of [staged, unsorted]) rmSync(made, { recursive: true, force: true });
  }
}

/** Only our own folder is emptied altogether: a path that was typed may hold anything. */
function clear(output: string): void {
  if (output === dist) rmSync(dist, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  for (const name of readdirSync(output)) if (name.endsWith('.vsix')) rmSync(join(output, name));
}

/** tfx-cli reports a broken task.json as a warning and succeeds: here a warning is an error. */
function createWithTfx(folder: string, output: string): void {
  const tfx = require.resolve('tfx-cli/_build/tfx-cli.js');
  const create = [
    'extension',
    'create',
    '--root',
    folder,
    '--manifests',
    'vss-extension.json',
    '--output-path',
    output,
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, [tfx, ...create, '--no-color', '--no-prompt'], {
    cwd: folder,
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
    const content =
      name === contentTypesFile
        ? contentTypes(names.filter((other) => other !== contentTypesFile))
        : await original.file(name)?.async('nodebuffer');
    sorted.file(name, content ?? '', { date: fixedDate, createFolders: false });
  }
  return sorted.generateAsync({
    type: 'nodebuffer',
    compression: 'DEFLATE',
    compressionOptions: { level: 9 },
    platform: 'DOS',
  });
}
