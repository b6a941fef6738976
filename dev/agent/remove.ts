import { resolve } from 'node:path';
import { deleteFiles, readSettings } from './files';
import { AgentService } from './service';

export interface RemoveOptions {
  /** A token of its own: that of the registration may be revoked by now, and the agent's key cannot remove it. */
  token: string;
  /** Where the agent was configured. */
  directory: string;
  log?: (line: string) => void;
}

/** Does what an agent does when it is removed: first on the server, then here. */
export async function removeAgent(options: RemoveOptions): Promise<void> {
  const { token, log = () => {} } = options;
  const directory = resolve(options.directory);
  const settings = await readSettings(directory);
  if (!settings) throw new Error(`No agent is configured in ${directory}.`);

  log('Connecting to server ...');
  const service = new AgentService(settings.serverUrl, token);
  await service.connect();
  log('Removing agent from the server');
  const agent = await service.findAgent(settings.poolId, settings.agentName);
  if (agent?.id === undefined) log('Does not exist. Skipping Removing agent from the server');
  else await service.deleteAgent(settings.poolId, agent.id);
  await deleteFiles(directory);
  log(`Removed the agent's files from ${directory}.`);
}
