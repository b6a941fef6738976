import type { DeploymentGroup, DeploymentTarget } from '../../model';
import { type Answer, jsonObject, notKnown } from '../../requests/answers';
import type { Exchange } from '../../requests/exchange';
import type { State } from '../../state';
import { requireScope } from '../access';
import { agentJson, describeAgent, newAgent, registeredJson, reintroduce, tagsOf } from '../pools/agent-registration';
import { roleOf } from '../pools/pools';
import { allowDeploymentGroups } from '../scopes';
import { placesOf, requirePlace, requireProject } from './projects';

/** `GET {project}/_apis/distributedtask/deploymentgroups` */
export function listDeploymentGroups(exchange: Exchange, state: State): Answer {
  const caller = requireScope(exchange, state, allowDeploymentGroups);
  const { id, name, deploymentGroups } = requireProject(exchange, state);
  const wanted = { name: exchange.query('name'), role: roleOf(exchange.query('actionFilter')) };
  const value = placesOf(deploymentGroups, caller, wanted).map((group) => ({
    machineCount: group.targets.length,
    machineTags: [...new Set(group.targets.flatMap(({ tags }) => tags))],
    id: group.id,
    project: { id, name },
    name: group.name,
    pool: { id: group.pool.id, name: group.pool.name, isHosted: false, poolType: 'deployment', isLegacy: false },
  }));
  return { status: 200, json: { count: value.length, value } };
}

/** `GET …/deploymentgroups/{deploymentGroupId}/targets` */
export function listTargets(exchange: Exchange, state: State): Answer {
  const { targets } = requireGroup(exchange, state, 'view');
  const name = exchange.query('name')?.toLowerCase();
  if (exchange.isSet('partialNameMatch')) throw notKnown('for a part of a name');
  const value = targets
    .filter(({ agent }) => name === undefined || agent.name.toLowerCase() === name)
    .slice(0, exchange.count('$top'))
    .map(({ id, agent, tags }) => ({ id, tags, agent: agentJson(agent, { withCapabilities: false }) }));
  return { status: 200, json: { count: value.length, value } };
}

/** `POST …/deploymentgroups/{deploymentGroupId}/targets` */
export function addTarget(exchange: Exchange, state: State): Answer {
  const group = requireGroup(exchange, state, 'manage');
  const described = describeAgent(jsonObject(exchange.json().agent));
  if (group.targets.some(({ agent }) => agent.name.toLowerCase() === described.name.toLowerCase())) {
    throw notKnown('for a target whose name is taken');
  }
  const agent = newAgent(group.pool, described, state);
  const target: DeploymentTarget = { id: agent.id, agent, tags: [] };
  group.targets.push(target);
  return registered(target, state);
}

/** `PUT …/deploymentgroups/{deploymentGroupId}/targets/{targetId}` */
export function replaceTarget(exchange: Exchange, state: State): Answer {
  const target = requireTarget(requireGroup(exchange, state, 'manage'), exchange.route[2]);
  reintroduce(target.agent, describeAgent(jsonObject(exchange.json().agent)));
  return registered(target, state);
}

/** `PATCH …/deploymentgroups/{deploymentGroupId}/targets`: gives targets other tags. */
export function updateTargets(exchange: Exchange, state: State): Answer {
  const group = requireGroup(exchange, state, 'manage');
  const value = exchange.jsonList().map(({ id, tags }) => {
    const target = requireTarget(group, id);
    if (tags === undefined) throw notKnown('to a change that names no tags');
    target.tags = tagsOf(tags);
    return { id: target.id, tags: target.tags, agent: agentJson(target.agent, { withCapabilities: false }) };
  });
  return { status: 200, json: { count: value.length, value } };
}

/** `DELETE …/deploymentgroups/{deploymentGroupId}/targets/{targetId}`; deletes the agent from the pool too. */
export function deleteTarget(exchange: Exchange, state: State): Answer {
  const group = requireGroup(exchange, state, 'manage');
  const target = requireTarget(group, exchange.route[2]);
  group.targets.splice(group.targets.indexOf(target), 1);
  group.pool.agents.splice(group.pool.agents.indexOf(target.agent), 1);
  return { status: 204 };
}

function requireGroup(exchange: Exchange, state: State, role: 'view' | 'manage'): DeploymentGroup {
  const caller = requireScope(exchange, state, allowDeploymentGroups);
  return requirePlace(requireProject(exchange, state).deploymentGroups, exchange, caller, role);
}

function requireTarget(group: DeploymentGroup, id: unknown): DeploymentTarget {
  const target = group.targets.find((candidate) => candidate.id === Number(id));
  if (!target) throw notKnown('for a target that is not there');
  return target;
}

function registered({ id, agent, tags }: DeploymentTarget, state: State): Answer {
  return { status: 200, json: { id, tags, agent: registeredJson(agent, state) } };
}
