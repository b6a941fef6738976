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
 */
export function readManifests(root: string): Manifests {
  const { contributions } = JSON.parse(readFileSync(join(root, 'vss-extension.json'), 'utf8')) as Extension;
  const propertiesOf = (type: string) =>
    contributions.filter((contribution) => contribution.type === type).map(({ properties }) => properties);
  const folders = propertiesOf('ms.vss-distributed-task.task') as { name: string }[];
  return {
    tasks: folders.flatMap(({ name }) => versionsOf(join(root, name))),
    connectionTypes: propertiesOf('ms.vss-endpoint.service-endpoint-type') as ConnectionType[],
  };
}

function versionsOf(folder: string): TaskManifest[] {
  return readdirSync(folder).map((version) => JSON.parse(readFileSync(join(folder, version, 'task.json'), 'utf8')));
}
