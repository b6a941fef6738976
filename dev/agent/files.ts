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
export function readSettings(directory: string): Promise<AgentSettings | undefined> {
  return readJson(join(directory, names.settings));
}

/** The key that is kept in this directory, if one is. */
export function readKey(directory: string): Promise<AgentKey | undefined> {
  return readJson(join(directory, names.key));
}

async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Keeps the key, which no other user may read. */
export async function writeKey(directory: string, key: AgentKey): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, names.key), JSON.stringify(key), { mode: 0o600 });
}

/** Keeps how the agent signs in with its key. */
export async function writeCredentials(directory: string, credentials: AgentCredentials): Promise<void> {
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
