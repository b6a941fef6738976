import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import JSZip from 'jszip';
import type { Edition } from '../../scripts/edition/edition';
import { stagedFolder } from '../../scripts/layout';
import { stage } from '../../scripts/packaging/stage';

const root = join(__dirname, '..', '..');

interface Ran {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a script of the project as npm does. */
export function runScript(file: string, ...args: string[]): Ran {
  return run(file, args, {});
}

/** The same where git knows no origin, wherever this clone came from. */
function runScriptWithoutOrigin(file: string, ...args: string[]): Ran {
  return run(file, args, { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'remote.origin.url', GIT_CONFIG_VALUE_0: '' });
}

function run(file: string, args: string[], settings: Record<string, string>): Ran {
  return spawnSync(process.execPath, ['--require', 'tsx/cjs', join(root, 'scripts', file), ...args], {
    cwd: root,
    env: { ...process.env, ...settings },
    encoding: 'utf8',
  });
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
export const packageWith = (...options: string[]): Promise<Packaged> => packaged(runScript, options);

/** The same where git knows no origin. */
export const packageWithoutOrigin = (...options: string[]): Promise<Packaged> =>
  packaged(runScriptWithoutOrigin, options);

async function packaged(runIt: typeof runScript, options: string[]): Promise<Packaged> {
  const output = mkdtempSync(join(tmpdir(), 'packaged-'));
  try {
    const { status, stderr } = runIt('package.ts', '--output', output, ...options);
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
