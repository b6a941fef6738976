import { routesOn } from '../../requests/route';
import {
  addTarget,
  deleteTarget,
  listDeploymentGroups,
  listTargets,
  replaceTarget,
  updateTargets,
} from './deployment-groups';
import {
  addEnvironment,
  addVirtualMachine,
  deleteVirtualMachine,
  getEnvironmentPool,
  listEnvironments,
  listVirtualMachines,
  replaceVirtualMachine,
} from './environments';

const of = routesOn('organization');
const groups = '/([^/]+)/_apis/distributedtask/deploymentgroups';
const environments = '/([^/]+)/_apis/pipelines/environments';
const machines = `${environments}/(\\d+)/providers/virtualmachines`;

/** What machines are registered for in a project: targets of deployment groups, machines of environments. */
export const targetRoutes = [
  of('deploymentGroups.list', ['GET', groups, 'name', 'actionFilter'], listDeploymentGroups),
  of('targets.list', ['GET', `${groups}/(\\d+)/targets`, 'name', 'partialNameMatch', '$top'], listTargets),
  of('targets.add', ['POST', `${groups}/(\\d+)/targets`], addTarget),
  of('targets.replace', ['PUT', `${groups}/(\\d+)/targets/(\\d+)`], replaceTarget),
  of('targets.update', ['PATCH', `${groups}/(\\d+)/targets`], updateTargets),
  of('targets.delete', ['DELETE', `${groups}/(\\d+)/targets/(\\d+)`], deleteTarget),
  of('environments.list', ['GET', environments, 'name'], listEnvironments),
  of('environments.add', ['POST', environments], addEnvironment),
  of('environmentPool.get', ['GET', `${machines}/pool`], getEnvironmentPool),
  of('virtualMachines.list', ['GET', machines, 'name'], listVirtualMachines),
  of('virtualMachines.add', ['POST', machines], addVirtualMachine),
  of('virtualMachines.replace', ['PUT', machines], replaceVirtualMachine),
  of('virtualMachines.delete', ['DELETE', `${machines}/(\\d+)`], deleteVirtualMachine),
];
