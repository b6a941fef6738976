import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, packagesOf } from './bundle';
import { readJson, root, staged, type TaskFolder, taskFolders, version } from './layout';
import { notices } from './notices';

/** Lays out the package's files exactly as they will stand in it, with the one version number in every manifest. */
export async function stage(publisher: string | undefined): Promise<void> {
  rmSync(staged, { recursive: true, force: true });
  mkdirSync(join(staged, 'images'), { recursive: true });
  for (const file of ['LICENSE', 'overview.md', 'images/icon.png']) cpSync(join(root, file), join(staged, file));

  const packages = new Set<string>();
  for (const folder of taskFolders()) {
    for (const name of await stageTask(folder)) packages.add(name);
  }
  writeFileSync(join(staged, 'THIRD-PARTY-NOTICES.txt'), notices([...packages].sort()));

  const manifest = readJson(join(root, 'vss-extension.json'));
  writeJson('vss-extension.json', { ...manifest, version: version(), ...(publisher && { publisher }) });
}

/** Returns the folders of the packages that went into the task's bundles. */
async function stageTask({ path, major, entries }: TaskFolder): Promise<string[]> {
  mkdirSync(join(staged, path), { recursive: true });
  cpSync(join(root, path, 'icon.png'), join(staged, path, 'icon.png'));
  const manifest = readJson(join(root, path, 'task.json'));
  const [, minor, patch] = version().split('.').map(Number);
  // The major version is the task's own, for it names the folder and what pipelines refer to. The others follow the
  // extension, because agents fetch a task again only when its version changes.
  writeJson(join(path, 'task.json'), { ...manifest, version: { Major: major, Minor: minor, Patch: patch } });
  const packages: string[] = [];
  for (const entry of entries) {
    const metafile = await bundle(join(path, `${entry}.ts`), join(staged, path, `${entry}.js`));
    packages.push(...packagesOf(metafile));
  }
  return packages;
}

function writeJson(file: string, content: object): void {
  writeFileSync(join(staged, file), `${JSON.stringify(content, null, 2)}\n`);
}
