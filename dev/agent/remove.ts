import { resolve } from 'node:path';
import { type AgentSettings, deleteFiles, hasCredentials, readSettings } from './files';
import { removeFromDeploymentGroup } from './registrars/deployment-group-registrar';
import { removeFromEnvironment } from './registrars/environment-registrar';
import { removeFromPool } from './registrars/pool-registrar';
import { AgentService } from './service';

export interface RemoveOptions {
  /** A token of its own: that of the registration may be revoked by now, and the agent's key cannot remove it. */
  token: string;
  /** Where the agent was configured. */
  directory: string;
  log?: (line: string) => void;
}

/**
 * Does what an agent does when it is removed: first on the server, then here. Where a file of the two that it needs is
 * missing, it leaves the server out, and succeeds.
 */
export async function removeAgent(options: RemoveOptions): Promise<void> {
  const { token, log = () => {} } = options;
  const directory = resolve(options.directory);
  const settings = await readSettings(directory);
  if (settings && hasCredentials(directory)) {
    log('Connecting to server ...');
    const service = new AgentService(settings.serverUrl, token);
    await service.connect();
    log('Removing agent from the server');
    const wasThere = await removeFromServer(service, settings);
    log(`${wasThere ? 'Succeeded:' : 'Does not exist. Skipping'} Removing agent from the server`);
  } else {
    log('Cannot connect to server, because config files are missing. Skipping removing agent from the server.');
  }
  await deleteFiles(directory);
  log(`Removed the agent's files from ${directory}.`);
}

async function removeFromServer(service: AgentService, settings: AgentSettings): Promise<boolean> {
  const {
    agentName,
    poolId,
    projectId: project = '',
    deploymentGroupId,
    environmentId,
    environmentVMResourceId,
  } = settings;
  if (deploymentGroupId !== undefined) {
    return removeFromDeploymentGroup(service, { project, groupId: deploymentGroupId }, agentName);
  }
  if (environmentId !== undefined && environmentVMResourceId !== undefined) {
    // A real agent does not look first whether it is still there.
    await removeFromEnvironment(service, { project, environmentId, environmentVMResourceId });
    return true;
  }
  return removeFromPool(service, poolId, agentName);
}
