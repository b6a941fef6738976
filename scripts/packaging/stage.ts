import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';
import { developmentExtension, developmentName, developmentTask, developmentTexts } from '../edition/development';
import type { Edition } from '../edition/edition';
import { placeholderPublisher } from '../edition/publisher';
import {
  type ExtensionManifest,
  readJson,
  root,
  stagedFolder,
  type TaskFolder,
  type TaskManifest,
  taskFolders,
} from '../layout';
import { type Destinations, linkHelp, manifestLinks, marketplacePage } from '../links/links';
import { overview } from '../links/overview';
import { bundle, packagesOf } from './bundle';
import { notices } from './notices';
import { translatable } from './translations';

/** One staging: its edition, and what everything in it has to know. */
interface Staging {
  edition: Edition;
  folder: string;
  /** The manifest of the extension as the source has it. */
  source: ExtensionManifest;
  destinations: Destinations;
}

/**
 * Lays out the package's files exactly as they will stand in it: with the one version number in every manifest, and
 * with links that lead to where this edition's people find more. Returns what went into each bundle.
 */
export async function stage(edition: Edition): Promise<Metafile[]> {
  const { id, publisher, repository, version, development } = edition;
  const source = readJson('vss-extension.json') as ExtensionManifest;
  const folder = stagedFolder(id);
  const page = publisher === placeholderPublisher ? undefined : marketplacePage(publisher, id);
  const staging = { edition, folder, source, destinations: { page, repository } };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  for (const picture of picturesOf(source)) cpSync(join(root, picture), join(folder, picture));
  writeFileSync(join(folder, 'overview.md'), overview(staging.destinations));

  const bundles: Metafile[] = [];
  for (const task of taskFolders()) bundles.push(...(await stageTask(task, staging)));
  writeFileSync(join(folder, 'THIRD-PARTY-NOTICES.txt'), notices([...new Set(bundles.flatMap(packagesOf))].sort()));

  const manifest = development ? developmentExtension(source) : source;
  const links = manifestLinks(staging.destinations);
  writeJson('vss-extension.json', { ...manifest, id, publisher, version, ...links }, staging);
  return bundles;
}

/** The manifest names them one by one, and nothing else of their folder is packaged. */
function picturesOf({ files }: ExtensionManifest): string[] {
  return (files as { path: string }[]).map(({ path }) => path).filter((path) => path.startsWith('images/'));
}

async function stageTask({ path, name, major, entries, texts }: TaskFolder, staging: Staging): Promise<Metafile[]> {
  const { edition, folder, source } = staging;
  const target = edition.development ? path.replaceAll(name, developmentName(name)) : path;
  mkdirSync(join(folder, target), { recursive: true });
  cpSync(join(root, path, 'icon.png'), join(folder, target, 'icon.png'));

  const own = readJson(`${path}/task.json`) as TaskManifest;
  const manifest = edition.development ? developmentTask(own, source) : own;
  const [, minor, patch] = edition.version.split('.').map(Number);
  // The major version is the task's own, for it names the folder and what pipelines refer to. The others follow the
  // extension, because agents fetch a task again only when its version changes.
  const version = { Major: major, Minor: minor, Patch: patch };
  const versioned = { ...manifest, version };
  const written = Object.entries({ 'task.json': versioned, ...translatable(versioned) });
  for (const [file, content] of written) writeJson(`${target}/${file}`, content, staging);
  for (const file of texts) {
    const spoken = readJson(`${path}/${file}`) as Record<string, string>;
    writeJson(`${target}/${file}`, edition.development ? developmentTexts(spoken) : spoken, staging);
  }

  const bundles: Metafile[] = [];
  for (const entry of entries) bundles.push(await bundle(`${path}/${entry}.ts`, join(folder, target, `${entry}.js`)));
  return bundles;
}

function writeJson(file: string, content: object, { folder, source, destinations }: Staging): void {
  const sourcePage = marketplacePage(source.publisher, source.id);
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), `${linkHelp(JSON.stringify(content, null, 2), sourcePage, destinations)}\n`);
}
