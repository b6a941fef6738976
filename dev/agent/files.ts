import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentKey } from './key';

/** What a configured agent knows about itself: the file `.agent`. */
export interface AgentSettings {
  agentId: number;
  agentName: string;
  poolId: number;
  poolName: string;
  serverUrl: string;
  workFolder: string;
  /** Where it is a target of a deployment group, or a virtual machine of an environment. */
  projectId?: string;
  deploymentGroupId?: number;
  environmentId?: number;
  environmentVMResourceId?: number;
}

/** How a configured agent signs in: the file `.credentials`. The token it was registered with is not in it. */
export interface AgentCredentials {
  scheme: 'OAuth';
  data: { clientId: string; authorizationUrl: string; oauthEndpointUrl: string };
}

const names = { settings: '.agent', credentials: '.credentials', key: '.credentials_rsaparams' };

/** The settings of the agent configured in this directory, if one is. */
export async function readSettings(directory: string): Promise<AgentSettings | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, names.settings), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Keeps what the agent signs in with. No other user may read the key. */
export async function writeCredentials(directory: string, credentials: AgentCredentials, key: AgentKey): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, names.key), JSON.stringify(key), { mode: 0o600 });
  await writeFile(join(directory, names.credentials), JSON.stringify(credentials, undefined, 2));
}

/** Marks the agent as configured; the last step. */
export async function writeSettings(directory: string, settings: AgentSettings): Promise<void> {
  await writeFile(join(directory, names.settings), JSON.stringify(settings, undefined, 2));
}

/** Whether the agent still has what it signs in with. */
export function hasCredentials(directory: string): boolean {
  return existsSync(join(directory, names.credentials));
}

/** Forgets the agent. */
export async function deleteFiles(directory: string): Promise<void> {
  for (const name of [names.credentials, names.key, names.settings]) await rm(join(directory, name), { force: true });
}
