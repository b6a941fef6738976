import { routeOutsideOrganization, routesOn } from '../../requests/route';
import { setUserCapabilities, updateAgent } from './agent-changes';
import { addAgent, deleteAgent, getAgent, issueAgentToken, listAgents, replaceAgent } from './agents';
import { downloadPackage, listPackages } from './packages';
import { addPool, deletePool } from './pool-changes';
import { getPool, listPools } from './pools';

const of = routesOn('organization');
const pools = '/_apis/distributedtask/pools';
const details = ['includeCapabilities', 'includeAssignedRequest', 'includeLastCompletedRequest', 'propertyFilters'];

/** Pools, their agents, and the packages that agents are installed from. */
export const poolRoutes = [
  of('pools.list', ['GET', pools, 'poolName', 'poolType', 'poolIds', 'actionFilter', '$top'], listPools),
  of('pools.get', ['GET', `${pools}/(\\d+)`], getPool),
  of('pools.add', ['POST', pools], addPool),
  of('pools.delete', ['DELETE', `${pools}/(\\d+)`], deletePool),
  of('agents.list', ['GET', `${pools}/(\\d+)/agents`, 'agentName', 'demands', ...details], listAgents),
  of('agents.get', ['GET', `${pools}/(\\d+)/agents/(\\d+)`, ...details], getAgent),
  of('agents.add', ['POST', `${pools}/(\\d+)/agents`], addAgent),
  of('agents.replace', ['PUT', `${pools}/(\\d+)/agents/(\\d+)`], replaceAgent),
  of('agents.delete', ['DELETE', `${pools}/(\\d+)/agents/(\\d+)`], deleteAgent),
  of('agents.update', ['PATCH', `${pools}/(\\d+)/agents/(\\d+)`], updateAgent),
  of('agents.setCapabilities', ['PUT', `${pools}/(\\d+)/agents/(\\d+)/usercapabilities`], setUserCapabilities),
  of('agents.token', ['POST', '/_apis/oauth2/token'], issueAgentToken),
  of(
    'packages.list',
    ['GET', '/_apis/distributedtask/packages/agent(?:/([^/]+))?', 'platform', '$top', 'includeToken'],
    listPackages,
  ),
  routeOutsideOrganization(
    'packages.download',
    { host: 'downloads', method: 'GET', path: '/agent/([^/]+)/([^/]+)' },
    downloadPackage,
  ),
];
