import { addAgent, deleteAgent, getAgent, issueAgentToken, listAgents, replaceAgent } from '../azure-devops/agents';
import {
  addTarget,
  deleteTarget,
  listDeploymentGroups,
  listTargets,
  replaceTarget,
  updateTargets,
} from '../azure-devops/deployment-groups';
import {
  addVirtualMachine,
  deleteVirtualMachine,
  getEnvironmentPool,
  listEnvironments,
  listVirtualMachines,
  replaceVirtualMachine,
} from '../azure-devops/environments';
import { connectionData, describeLocations, listResourceAreas } from '../azure-devops/locations';
import { listPackages } from '../azure-devops/packages';
import { createPat, getPat, listPats, revokePat, updatePat } from '../azure-devops/pats';
import { getPool, listPools } from '../azure-devops/pools';
import { getTimeline } from '../azure-devops/timelines';
import { issueToken } from '../entra/entra';
import { issueIdentityToken } from '../entra/oidc';
import type { State } from '../state';
import type { Answer, Exchange, Operation } from './exchange';

/** One kind of request that the emulator knows. */
export interface Route {
  operation: Operation;
  method: string;
  /** Of the path, behind the organization's name if `ofOrganization`. Its groups are the route's variables. */
  path: RegExp;
  ofOrganization: boolean;
  /** Whether the query must, or must not, name an authorizationId; only this tells two requests apart. */
  withId?: boolean;
  handle: (exchange: Exchange, state: State) => Answer | Promise<Answer>;
}

const pools = '/_apis/distributedtask/pools';
const groups = '/([^/]+)/_apis/distributedtask/deploymentgroups';
const environments = '/([^/]+)/_apis/pipelines/environments';
const machines = `${environments}/(\\d+)/providers/virtualmachines`;

const routes: Route[] = [
  {
    operation: 'entra.token',
    method: 'POST',
    path: /^\/([^/]+)\/oauth2\/v2\.0\/token$/i,
    ofOrganization: false,
    handle: issueToken,
  },
  of(
    'oidc.token',
    'POST',
    '/([^/]+)/_apis/distributedtask/hubs/(?:build|release)/plans/[0-9a-f-]{36}/jobs/[0-9a-f-]{36}/oidctoken',
    issueIdentityToken,
  ),
  of('pats.create', 'POST', '/_apis/tokens/pats', createPat),
  { ...of('pats.get', 'GET', '/_apis/tokens/pats', getPat), withId: true },
  { ...of('pats.list', 'GET', '/_apis/tokens/pats', listPats), withId: false },
  of('pats.update', 'PUT', '/_apis/tokens/pats', updatePat),
  of('pats.revoke', 'DELETE', '/_apis/tokens/pats', revokePat),
  of('pools.list', 'GET', pools, listPools),
  of('pools.get', 'GET', `${pools}/(\\d+)`, getPool),
  of('agents.list', 'GET', `${pools}/(\\d+)/agents`, listAgents),
  of('agents.get', 'GET', `${pools}/(\\d+)/agents/(\\d+)`, getAgent),
  of('agents.add', 'POST', `${pools}/(\\d+)/agents`, addAgent),
  of('agents.replace', 'PUT', `${pools}/(\\d+)/agents/(\\d+)`, replaceAgent),
  of('agents.delete', 'DELETE', `${pools}/(\\d+)/agents/(\\d+)`, deleteAgent),
  of('agents.token', 'POST', '/_apis/oauth2/token', issueAgentToken),
  of('deploymentGroups.list', 'GET', groups, listDeploymentGroups),
  of('targets.list', 'GET', `${groups}/(\\d+)/targets`, listTargets),
  of('targets.add', 'POST', `${groups}/(\\d+)/targets`, addTarget),
  of('targets.replace', 'PUT', `${groups}/(\\d+)/targets/(\\d+)`, replaceTarget),
  of('targets.update', 'PATCH', `${groups}/(\\d+)/targets`, updateTargets),
  of('targets.delete', 'DELETE', `${groups}/(\\d+)/targets/(\\d+)`, deleteTarget),
  of('environments.list', 'GET', environments, listEnvironments),
  of('environmentPool.get', 'GET', `${machines}/pool`, getEnvironmentPool),
  of('virtualMachines.list', 'GET', machines, listVirtualMachines),
  of('virtualMachines.add', 'POST', machines, addVirtualMachine),
  of('virtualMachines.replace', 'PUT', machines, replaceVirtualMachine),
  of('virtualMachines.delete', 'DELETE', `${machines}/(\\d+)`, deleteVirtualMachine),
  of('packages.list', 'GET', '/_apis/distributedtask/packages/agent', listPackages),
  of('timelines.get', 'GET', '/([^/]+)/_apis/build/builds/(\\d+)/timeline', getTimeline),
  of('connectionData', 'GET', '/_apis/connectionData', connectionData),
  of('locations', 'OPTIONS', '/_apis(?:/([^/]+))?', describeLocations),
  of('resourceAreas', 'GET', '/_apis/resourceAreas(?:/([^/]+))?', listResourceAreas),
];

/** A route below the organization; paths match whatever their case, and with a slash at their end. */
function of(operation: Operation, method: string, path: string, handle: Route['handle']): Route {
  return { operation, method, path: new RegExp(`^${path}/?$`, 'i'), ofOrganization: true, handle };
}

/** The route for a request, if there is one, and its variables. */
export function match(method: string, url: URL, organization: string): { route?: Route; variables: string[] } {
  const prefix = `/${organization.toLowerCase()}/`;
  const rest = url.pathname.toLowerCase().startsWith(prefix) ? url.pathname.slice(prefix.length - 1) : undefined;
  const withId = [...url.searchParams.keys()].some((name) => name.toLowerCase() === 'authorizationid');
  for (const route of routes) {
    if (route.method !== method || (route.withId ?? withId) !== withId) continue;
    const found = route.path.exec((route.ofOrganization ? rest : url.pathname) ?? '');
    if (found) return { route, variables: found.slice(1).map((variable) => variable ?? '') };
  }
  return { variables: [] };
}
