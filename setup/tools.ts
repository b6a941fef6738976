import { readAgentNetwork } from '../src/agent/network';
import { nodeRuntime, type Runtime } from '../src/http/runtime';
import { Administrator } from './administrator';
import type { Interruption } from './interruption';
import type { Options } from './options';
import { Agents } from './services/agents';
import { Applications } from './services/applications';
import { AzureDevOps } from './services/azure-devops';
import { Connections } from './services/connections';
import { Directory } from './services/directory';
import { type Hosts, hostsOf } from './services/hosts';
import { Members } from './services/members';
import { type Named, OrganizationSettings } from './services/organization';
import { Principals } from './services/principals';
import { Protection } from './services/protection';
import { type Access, Rest } from './services/rest';
import type { Terminal } from './terminal';
import type { World } from './world';

/** What a command works with: what was asked for, the person at the terminal, and the services. */
export interface Tools {
  options: Options;
  terminal: Terminal;
  interruption: Interruption;
  runtime: Runtime;
  hosts: Hosts;
  /** The tenant that the organization is connected to, as it says itself. */
  tenantId: string;
  administrator: Administrator;
  agents: Agents;
  applications: Applications;
  directory: Directory;
  principals: Principals;
  organization: OrganizationSettings;
  members: Members;
  connectionsOf(project: Named): Connections;
  protectionOf(project: Named): Protection;
}

/** The network as this machine reaches it: the proxy and the authorities of its environment. */
export function machineRuntime(environment: NodeJS.ProcessEnv, terminal: Terminal): Runtime {
  const none = {
    variable: () => '',
    variableNames: () => [],
    mask: () => undefined,
    warn: (message: string) => terminal.warn(message),
  };
  return nodeRuntime(readAgentNetwork(none, environment));
}

/** The organization as an anonymous caller sees it, which is enough to learn its tenant. */
export function anonymousRest(options: Options, runtime: Runtime, interrupted: AbortSignal): Rest {
  return new Rest({ runtime, interrupted, base: hostsOf(options.organization).organization, who: 'you' });
}

/** The services as the administrator of one tenant. */
export function makeTools(world: World, tenantId: string): Tools {
  const { options, terminal, interruption, runtime } = world;
  const hosts = hostsOf(options.organization);
  const interrupted = interruption.signal;
  const administrator = new Administrator(tenantId, { signIns: world.signIns(tenantId), interrupted });
  const access = (base: string, service: 'graph' | 'azureDevOps'): Access => ({
    runtime,
    interrupted,
    base,
    token: () => administrator.token(service),
    who: service === 'graph' ? 'an Entra administrator' : 'a Project Collection Administrator',
  });
  const graph = new Rest(access(hosts.graph, 'graph'));
  const rest = new Rest(access(hosts.organization, 'azureDevOps'));
  const azureDevOps = new AzureDevOps(hosts.organization, () => administrator.token('azureDevOps'), interrupted);
  return {
    options,
    terminal,
    interruption,
    runtime,
    hosts,
    tenantId,
    administrator,
    agents: new Agents(graph, new Rest(access(hosts.graphBeta, 'graph'))),
    applications: new Applications(graph),
    directory: new Directory(graph),
    principals: new Principals(graph),
    organization: new OrganizationSettings(azureDevOps, rest),
    members: new Members(
      azureDevOps,
      new Rest(access(hosts.entitlements, 'azureDevOps')),
      new Rest(access(hosts.identities, 'azureDevOps')),
    ),
    connectionsOf: (project) => new Connections(azureDevOps, hosts.organization, project),
    protectionOf: (project) => new Protection(rest, project),
  };
}
