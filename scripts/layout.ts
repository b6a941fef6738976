import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(__dirname, '..');
export const dist = join(root, 'dist');

/** Where a package's files are laid out before they are packed: for each process apart, because two can make one at a time. */
export const stagedFolder = (extensionId: string): string => join(root, 'build', `${extensionId}-${process.pid}`);

/** What packaging needs to know of vss-extension.json; the rest passes through. */
export interface ExtensionManifest {
  id: string;
  publisher: string;
  name: string;
  contributions: { type: string; properties: { name: string; [key: string]: unknown } }[];
  [key: string]: unknown;
}

/** What packaging needs to know of a task.json; the rest passes through. */
export interface TaskManifest {
  id: string;
  name: string;
  friendlyName: string;
  groups: { name: string; [key: string]: unknown }[];
  inputs: { name: string; type: string; [key: string]: unknown }[];
  [key: string]: unknown;
}

export interface TaskFolder {
  /** From the root: tasks/Name/NameV1 */
  path: string;
  name: string;
  major: number;
  /** Names of the entries, without their extension: main, post. */
  entries: string[];
  /** Files with the task's texts in languages other than that of its manifest, from its folder. */
  texts: string[];
}

/** The task folders of the project: each holds a manifest, an icon, its entries, and perhaps texts. */
export function taskFolders(): TaskFolder[] {
  return readdirSync(join(root, 'tasks')).flatMap((name) =>
    readdirSync(join(root, 'tasks', name)).map((folder) => {
      const path = `tasks/${name}/${folder}`;
      const major = /V(\d+)$/.exec(folder)?.[1];
      if (major === undefined) throw new Error(`${path} does not end with V and a major version.`);
      const files = readdirSync(join(root, path), { recursive: true, encoding: 'utf8' })
        .map((file) => file.replaceAll('\\', '/'))
        .sort();
      const entries = files.filter((file) => file.endsWith('.ts')).map((file) => file.slice(0, -'.ts'.length));
      const texts = files.filter((file) => /^Strings\/resources\.resjson\/[\w-]+\/resources\.resjson$/.test(file));
      return { path, name, major: Number(major), entries, texts };
    }),
  );
}

/** @param file from the root. */
export function readText(file: string): string {
  return readFileSync(join(root, file), 'utf8').replace(/^\uFEFF/, '');
}

/** @param file from the root. */
export function readJson(file: string): Record<string, unknown> {
  return JSON.parse(readText(file));
}

/** The one version number of the project. */
export function version(): string {
  return String(readJson('package.json').version);
}
