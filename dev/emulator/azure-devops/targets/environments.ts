import type { Environment, VirtualMachine } from '../../model';
import { type Answer, jsonObject, malformedJson, notKnown } from '../../requests/answers';
import type { Exchange } from '../../requests/exchange';
import type { State } from '../../state';
import { requireScope } from '../access';
import { agentJson, describeAgent, newAgent, registeredJson, reintroduce, tagsOf } from '../pools/agent-registration';
import { allowEnvironments } from '../scopes';
import { placesOf, requirePlace, requireProject } from './projects';

/** `GET {project}/_apis/pipelines/environments` */
export function listEnvironments(exchange: Exchange, state: State): Answer {
  const caller = requireScope(exchange, state, (scopes) => allowEnvironments(scopes, 'read'));
  const { id, name, environments } = requireProject(exchange, state);
  const value = placesOf(environments, caller, { name: exchange.query('name') }).map((environment) => ({
    id: environment.id,
    name: environment.name,
    description: '',
    project: { id, name },
  }));
  return { status: 200, json: { count: value.length, value } };
}

/** `POST {project}/_apis/pipelines/environments`; whoever adds one administers it, and its agents have a pool of their own. */
export function addEnvironment(exchange: Exchange, state: State): Answer {
  const caller = requireScope(exchange, state, (scopes) => allowEnvironments(scopes, 'manage'));
  const project = requireProject(exchange, state);
  const { name, description = '' } = exchange.json();
  if (typeof name !== 'string' || name.trim() === '') throw malformedJson();
  if (project.environments.some((other) => other.name.toLowerCase() === name.toLowerCase())) {
    throw notKnown('for an environment whose name is taken');
  }
  if (caller.kind !== 'pat' && caller.kind !== 'user') throw notKnown('where no user adds an environment');
  const roles = { [caller.user.oid]: 'manage' } as const;
  const nextId = Math.max(0, ...state.pools.map((pool) => pool.id)) + 1;
  const environment: Environment = {
    id: Math.max(0, ...project.environments.map((other) => other.id)) + 1,
    name,
    roles: { ...roles },
    pool: { id: nextId, name: `${project.name}-${name}`, isHosted: false, poolType: 'deployment', roles, agents: [] },
    virtualMachines: [],
  };
  project.environments.push(environment);
  state.pools.push(environment.pool);
  const reference = { id: project.id, name: project.name };
  return { status: 200, json: { id: environment.id, name, description, project: reference } };
}

/** `GET …/environments/{environmentId}/providers/virtualmachines` */
export function listVirtualMachines(exchange: Exchange, state: State): Answer {
  const environment = requireEnvironment(exchange, state, 'read');
  const name = exchange.query('name')?.toLowerCase();
  const value = environment.virtualMachines
    .filter((machine) => name === undefined || machine.name.toLowerCase() === name)
    .map((machine) => machineJson(machine, environment, agentJson(machine.agent, { withCapabilities: false })));
  return { status: 200, json: { count: value.length, value } };
}

/** `POST …/environments/{environmentId}/providers/virtualmachines` */
export function addVirtualMachine(exchange: Exchange, state: State): Answer {
  const environment = requireEnvironment(exchange, state, 'add');
  const { name, tags, agent: described } = readMachine(jsonObject(exchange.json().virtualMachineResource));
  if (environment.virtualMachines.some((machine) => machine.name.toLowerCase() === name.toLowerCase())) {
    throw notKnown('for a virtual machine whose name is taken');
  }
  const agent = newAgent(environment.pool, described, state);
  const machine: VirtualMachine = { id: agent.id, name, agent, tags };
  environment.virtualMachines.push(machine);
  return { status: 200, json: machineJson(machine, environment, registeredJson(agent, state)) };
}

/** `PUT …/environments/{environmentId}/providers/virtualmachines`; the body says which one. */
export function replaceVirtualMachine(exchange: Exchange, state: State): Answer {
  const environment = requireEnvironment(exchange, state, 'manage');
  const body = exchange.json();
  const machine = requireMachine(environment, body.id);
  const { tags, agent } = readMachine(body);
  machine.tags = tags;
  reintroduce(machine.agent, agent);
  return { status: 200, json: machineJson(machine, environment, registeredJson(machine.agent, state)) };
}

/** `DELETE …/environments/{environmentId}/providers/virtualmachines/{resourceId}` */
export function deleteVirtualMachine(exchange: Exchange, state: State): Answer {
  const environment = requireEnvironment(exchange, state, 'manage');
  const machine = requireMachine(environment, exchange.route[2]);
  environment.virtualMachines.splice(environment.virtualMachines.indexOf(machine), 1);
  environment.pool.agents.splice(environment.pool.agents.indexOf(machine.agent), 1);
  return { status: 204 };
}

/** `GET …/environments/{environmentId}/providers/virtualmachines/pool`: where the agents of an environment are. */
export function getEnvironmentPool(exchange: Exchange, state: State): Answer {
  const { id, name } = requireEnvironment(exchange, state, 'read').pool;
  return { status: 200, json: { id, name, isHosted: false, poolType: 'deployment', isLegacy: false } };
}

function requireEnvironment(exchange: Exchange, state: State, access: 'read' | 'add' | 'manage'): Environment {
  const caller = requireScope(exchange, state, (scopes) => allowEnvironments(scopes, access));
  const role = access === 'read' ? 'view' : 'manage';
  return requirePlace(requireProject(exchange, state).environments, exchange, caller, role);
}

function requireMachine(environment: Environment, id: unknown): VirtualMachine {
  const machine = environment.virtualMachines.find((candidate) => candidate.id === Number(id));
  if (!machine) throw notKnown('for a virtual machine that is not there');
  return machine;
}

function readMachine(body: Record<string, unknown>) {
  const agent = describeAgent(jsonObject(body.agent));
  const { name = agent.name, tags } = body;
  if (typeof name !== 'string') throw malformedJson();
  return { name, tags: tagsOf(tags), agent };
}

function machineJson({ id, name, tags }: VirtualMachine, environment: Environment, agent: object) {
  const environmentReference = { id: environment.id, name: environment.name };
  return { id, name, tags, type: 'virtualMachine', environmentReference, agent };
}
