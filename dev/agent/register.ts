import { resolve } from 'node:path';
import type { TaskAgent } from 'azure-devops-node-api/interfaces/TaskAgentInterfaces';
import { type AgentOs, agentVersion, osDescription, systemCapabilities, thisOs } from './capabilities';
import { testConnection } from './connection-test';
import { readKey, readSettings, writeCredentials, writeKey, writeSettings } from './files';
import { type AgentKey, createKey } from './key';
import { DeploymentGroupRegistrar } from './registrars/deployment-group-registrar';
import { EnvironmentRegistrar } from './registrars/environment-registrar';
import { PoolRegistrar } from './registrars/pool-registrar';
import type { PlaceInProject, Registrar } from './registrars/registrar';
import { AgentService } from './service';

export interface RegisterOptions {
  /** The organization. */
  url: string;
  token: string;
  pool: string;
  /** In place of the pool. */
  placeInProject?: PlaceInProject;
  agent: string;
  /** Default `_work`. */
  work?: string;
  /** Take the place of an agent of the same name. */
  replace?: boolean;
  /** Default: this machine's. */
  os?: AgentOs;
  /** Where the agent keeps its files; default: a folder named like the agent, here. */
  directory?: string;
  /** What is reported as capabilities; default: this process's. */
  environment?: Readonly<Record<string, string | undefined>>;
  log?: (line: string) => void;
}

export interface RegisteredAgent {
  agentId: number;
  poolId: number;
  directory: string;
}

/** Does what an agent does when it is configured, in the same order. Afterwards the token is not needed any more. */
export async function registerAgent(options: RegisterOptions): Promise<RegisteredAgent> {
  const { token, agent: name, work = '_work', os = thisOs(), log = () => {} } = options;
  const url = options.url.replace(/\/+$/, '');
  const directory = resolve(options.directory ?? name);
  if (await readSettings(directory)) {
    throw new Error(`Cannot configure the agent because it is already configured in ${directory}. Remove it first.`);
  }

  log('Connecting to server ...');
  const service = new AgentService(url, token);
  await service.connect();
  const registrar = registrarOf(options, service);
  await registrar.find();
  log('Scanning for tool capabilities.');
  const capabilities = systemCapabilities(options.environment ?? process.env, { name, os, directory });

  const exists = await registrar.has(name);
  if (exists && !options.replace) throw new Error(registrar.taken(name));
  const key = await keyOf(directory);
  // The library's type calls the description oSDescription and the key's parts arrays; neither is so on the wire.
  const description = {
    name,
    version: agentVersion,
    osDescription: osDescription(os),
    maxParallelism: 1,
    provisioningState: 'Provisioned',
    authorization: { publicKey: { exponent: key.exponent, modulus: key.modulus } },
    systemCapabilities: capabilities,
  } as unknown as TaskAgent;
  const { agent, place } = await (exists ? registrar.replace(description) : registrar.add(description));
  log(exists ? 'Successfully replaced the agent' : 'Successfully added the agent');

  const { clientId, authorizationUrl } = agent.authorization ?? {};
  if (agent.id === undefined || !clientId || !authorizationUrl) {
    throw new Error('The server did not answer how the agent signs in; a real agent would keep its token instead.');
  }
  const data = { clientId, authorizationUrl, oauthEndpointUrl: authorizationUrl };
  await writeCredentials(directory, { scheme: 'OAuth', data });
  log('Testing agent connection.');
  await testConnection(url, { clientId, authorizationUrl, key });
  await writeSettings(directory, { agentId: agent.id, agentName: name, ...place, serverUrl: url, workFolder: work });
  log(`Settings saved in ${directory}.`);
  return { agentId: agent.id, poolId: place.poolId, directory };
}

/** The key of this directory: a real agent keeps a new one before it asks to be added, and takes one that is there. */
async function keyOf(directory: string): Promise<AgentKey> {
  const kept = await readKey(directory);
  if (kept) return kept;
  const key = await createKey();
  await writeKey(directory, key);
  return key;
}

function registrarOf({ pool, placeInProject }: RegisterOptions, service: AgentService): Registrar {
  switch (placeInProject?.kind) {
    case 'deploymentGroup':
      return new DeploymentGroupRegistrar(service, placeInProject);
    case 'environment':
      return new EnvironmentRegistrar(service, placeInProject);
    case undefined:
      return new PoolRegistrar(service, pool);
  }
}
