import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionType } from './connection-type';
import type { Manifests } from './manifests';
import type { TaskManifest } from './task-manifest';

interface Extension {
  contributions: { type: string; properties: unknown }[];
}

/**
 * Reads the manifests of the extension as they are now, in the order in which the extension contributes its tasks.
 * @param root the folder of `vss-extension.json`.
 * @throws for a manifest that is not there or not JSON, by its name.
 */
export function readManifests(root: string): Manifests {
  const { contributions } = read(join(root, 'vss-extension.json')) as Extension;
  const propertiesOf = (type: string) =>
    contributions.filter((contribution) => contribution.type === type).map(({ properties }) => properties);
  const folders = propertiesOf('ms.vss-distributed-task.task') as { name: string }[];
  return {
    tasks: folders.flatMap(({ name }) => versionsOf(join(root, name))),
    connectionTypes: propertiesOf('ms.vss-endpoint.service-endpoint-type') as ConnectionType[],
  };
}

function versionsOf(folder: string): TaskManifest[] {
  return readdirSync(folder).map((version) => read(join(folder, version, 'task.json')) as TaskManifest);
}

function read(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
