import { createHash, randomUUID } from 'node:crypto';
import { type EndpointType, ServiceEndpoints } from '../service-endpoints/endpoint';
import { type Extension, type ExtensionManifest, ownEndpointTypes, readManifest } from './extension';
import { StaleRoles } from './stale-roles';

export interface Pipeline {
  id: number;
  name: string;
  /** The project's id. */
  projectId: string;
}

/** A way to get at a pool from a project. */
export interface Queue {
  id: number;
  name: string;
  projectId: string;
  poolId: number;
}

/** What a user costs: `express` is Basic. */
export type License = 'express' | 'stakeholder';

/** What an organization, which its API calls a collection, knows besides its pools and tokens. */
export class Collection {
  /** The identity of every job that is limited to its project. */
  readonly buildService: { oid: string; displayName: string };
  readonly extensions: Extension[] = [];
  readonly endpoints = new ServiceEndpoints();
  readonly pipelines: Pipeline[] = [];
  readonly queues: Queue[] = [];
  /** Object ids of the Project Collection Administrators, and of the administrators of its projects. */
  readonly collectionAdministrators = new Set<string>();
  readonly projectAdministrators = new Set<string>();
  /** By object id; who is not in it has none. */
  readonly licenses = new Map<string, License>();
  readonly staleRoles = new StaleRoles();
  /** Whether the user of an agent can be a member; no source has shown it. */
  takesAgentUsers = true;

  constructor(name: string, projectName: string) {
    this.buildService = { oid: randomUUID(), displayName: `${projectName} Build Service (${name})` };
  }

  /** Installs an extension in place of the version of it that was there. */
  installExtension(manifest: ExtensionManifest): Extension {
    const extension = readManifest(manifest);
    this.uninstallExtension(extension);
    this.extensions.push(extension);
    return extension;
  }

  uninstallExtension({ publisherId, extensionId }: Pick<Extension, 'publisherId' | 'extensionId'>): void {
    const index = this.extensions.findIndex(
      (extension) => extension.publisherId === publisherId && extension.extensionId === extensionId,
    );
    if (index >= 0) this.extensions.splice(index, 1);
  }

  /** The types of connection that can be made now. */
  get endpointTypes(): EndpointType[] {
    return [
      ...ownEndpointTypes,
      ...this.extensions.filter(({ disabled }) => !disabled).flatMap((one) => one.endpointTypes),
    ];
  }

  endpointType(name: string): EndpointType | undefined {
    return this.endpointTypes.find((type) => type.name.toLowerCase() === name.toLowerCase());
  }
}

/** The id that the organization gives an identity, which is not its object id in Entra. */
export function identityIdOf(oid: string): string {
  const digits = createHash('sha256').update(`identity of ${oid}`).digest('hex');
  return [8, 12, 16, 20, 32].map((end, index, ends) => digits.slice(ends[index - 1] ?? 0, end)).join('-');
}
