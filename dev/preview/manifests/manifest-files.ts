import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionType } from './connection-type';
import type { Manifests } from './manifests';
import type { TaskManifest } from './task-manifest';
import { type Texts, translated } from './translation';

interface Extension {
  contributions: { type: string; properties: unknown }[];
}

/**
 * Reads the manifests of the extension as they are now, in the order in which the extension contributes its tasks.
 * @param root the folder of `vss-extension.json`.
 * @param language of the tasks' texts, such as `de-DE`; undefined for that of the manifests.
 * @throws for a file that is not there or not JSON, by its name.
 */
export function readManifests(root: string, language?: string): Manifests {
  if (language !== undefined && !/^[a-z]{2}-[A-Z]{2}$/.test(language)) {
    throw new Error(`${JSON.stringify(language)} is no language such as de-DE.`);
  }
  const { contributions } = read(join(root, 'vss-extension.json')) as Extension;
  const propertiesOf = (type: string) =>
    contributions.filter((contribution) => contribution.type === type).map(({ properties }) => properties);
  const folders = propertiesOf('ms.vss-distributed-task.task') as { name: string }[];
  return {
    tasks: folders.flatMap(({ name }) => versionsOf(join(root, name), language)),
    connectionTypes: propertiesOf('ms.vss-endpoint.service-endpoint-type') as ConnectionType[],
  };
}

function versionsOf(folder: string, language: string | undefined): TaskManifest[] {
  return readdirSync(folder).map((version) => {
    const manifest = read(join(folder, version, 'task.json')) as TaskManifest;
    if (language === undefined) return manifest;
    const texts = join(folder, version, 'Strings', 'resources.resjson', language, 'resources.resjson');
    return translated(manifest, read(texts) as Texts);
  });
}

function read(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
