import type { ConnectionType } from './connection-type';
import type { TaskManifest } from './task-manifest';

/** Everything that the preview shows, and nothing that it knows by itself. */
export interface Manifests {
  tasks: TaskManifest[];
  connectionTypes: ConnectionType[];
}
