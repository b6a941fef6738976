import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import JSZip from 'jszip';
import { JobRefused } from '../refusal';

/** The newest package in a folder. */
export function newestPackage(folder: string): string {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.vsix')) : [];
  const [newest] = files
    .map((name) => ({ file: join(folder, name), time: statSync(join(folder, name)).mtimeMs }))
    .sort((left, right) => right.time - left.time);
  if (newest === undefined) {
    throw new JobRefused('There is no package in dist: run `npm run package` first.');
  }
  return newest.file;
}

/** Unpacks a package to a fresh temporary folder and returns that. */
export async function unpackPackage(file: string): Promise<string> {
  const zip = await JSZip.loadAsync(readFileSync(file));
  const folder = mkdtempSync(join(tmpdir(), 'extension-'));
  for (const entry of Object.values(zip.files)) {
    const target = resolve(folder, decodeURIComponent(entry.name));
    if (!target.startsWith(folder + sep)) {
      throw new JobRefused(`${file} holds a path that leads out of it: ${entry.name}`);
    }
    if (!entry.dir) {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, await entry.async('nodebuffer'));
    }
  }
  return folder;
}
