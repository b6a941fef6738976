import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import JSZip from 'jszip';
import type { Edition } from '../../scripts/edition/edition';
import { stagedFolder } from '../../scripts/layout';
import { stage } from '../../scripts/packaging/stage';
import { type Ended, startCommand } from './command-process';

/** Runs a script of the project as npm does. */
export function runScript(file: string, ...args: string[]): Ended {
  return startCommand({ file: `scripts/${file}`, args });
}

/** A package, and what is in it. */
export interface PackageContent {
  name: string;
  bytes: Buffer;
  files: string[];
  text(file: string): Promise<string>;
  json<Content>(file: string): Promise<Content>;
}

export interface Packaged extends PackageContent {
  /** What packaging warned of. */
  warnings: string;
}

/** Packages with some options, into a folder that goes again. */
export async function packageWith(...options: string[]): Promise<Packaged> {
  const output = mkdtempSync(join(tmpdir(), 'packaged-'));
  try {
    const { status, stderr } = runScript('package.ts', '--output', output, ...options);
    assert.equal(status, 0, stderr);
    const [name, ...others] = readdirSync(output);
    assert.ok(name);
    assert.deepEqual(others, []);
    return { ...(await readPackage(name, readFileSync(join(output, name)))), warnings: stderr };
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

export async function readPackage(name: string, bytes: Buffer): Promise<PackageContent> {
  const zip = await JSZip.loadAsync(bytes);
  const text = async (file: string) => {
    const entry = zip.file(file);
    assert.ok(entry, `${file} is not in ${name}`);
    return entry.async('string');
  };
  return {
    name,
    bytes,
    files: Object.keys(zip.files).sort(),
    text,
    json: async (file) => JSON.parse(await text(file)),
  };
}

/**
 * Lays out the files of a package in this process, as they go into it, and packs nothing: all of them by their names, but
 * for those that the packing makes.
 */
export async function stagedFiles(edition: Edition): Promise<Record<string, string>> {
  const folder = stagedFolder(edition.id);
  try {
    await stage(edition);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = files.map(({ parentPath, name }) => join(parentPath, name));
    return Object.fromEntries(paths.map((path) => [relative(folder, path), readFileSync(path, 'utf8')]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
