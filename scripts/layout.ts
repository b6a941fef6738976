import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(__dirname, '..');
export const staged = join(root, 'build', 'extension');
export const dist = join(root, 'dist');

export interface TaskFolder {
  /** From the root: tasks/Name/NameV1 */
  path: string;
  major: number;
  /** Names of the entries, without their extension: main, post. */
  entries: string[];
}

/** The task folders of the project: each holds a manifest, an icon, and its entries. */
export function taskFolders(): TaskFolder[] {
  return readdirSync(join(root, 'tasks')).flatMap((name) =>
    readdirSync(join(root, 'tasks', name)).map((folder) => {
      const path = `tasks/${name}/${folder}`;
      const major = /V(\d+)$/.exec(folder)?.[1];
      if (major === undefined) throw new Error(`${path} does not end with V and a major version.`);
      const entries = readdirSync(join(root, path))
        .filter((file) => file.endsWith('.ts'))
        .map((file) => file.slice(0, -'.ts'.length));
      return { path, major: Number(major), entries };
    }),
  );
}

export function readJson(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** The one version number of the project. */
export function version(): string {
  return String(readJson(join(root, 'package.json')).version);
}
