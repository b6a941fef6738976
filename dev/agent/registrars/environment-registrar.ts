import type {
  EnvironmentInstance,
  TaskAgent,
  TaskAgentPoolReference,
  VirtualMachineResource,
} from 'azure-devops-node-api/interfaces/TaskAgentInterfaces';
import type { AgentService } from '../service';
import type { PlaceInProject, Registered, Registrar } from './registrar';

interface List<T> {
  value: T[];
}

/** Registers agents as virtual machines of an environment. */
export class EnvironmentRegistrar implements Registrar {
  readonly #service: AgentService;
  readonly #wanted: PlaceInProject;
  #environment: EnvironmentInstance = {};

  constructor(service: AgentService, wanted: PlaceInProject) {
    this.#service = service;
    this.#wanted = wanted;
  }

  async find(): Promise<void> {
    const { project, name } = this.#wanted;
    const path = `${encodeURIComponent(project)}/_apis/pipelines/environments?name=${encodeURIComponent(name)}`;
    const { value } = await this.#service.get<List<EnvironmentInstance>>(path);
    if (value[0]?.id === undefined) throw new Error(`Environment not found: '${name}'`);
    this.#environment = value[0];
  }

  async has(name: string): Promise<boolean> {
    return (await this.#find(name)) !== undefined;
  }

  taken(name: string): string {
    return `Environment ${this.#environment.id} already contains a virtual machine resource with name ${name}.`;
  }

  async add(agent: TaskAgent): Promise<Registered> {
    const virtualMachineResource = this.#described(agent);
    return this.#registered(await this.#service.send('POST', this.#machines, { virtualMachineResource }));
  }

  async replace(agent: TaskAgent): Promise<Registered> {
    const machine = await this.#find(agent.name ?? '');
    return this.#registered(await this.#service.send('PUT', this.#machines, { ...machine, ...this.#described(agent) }));
  }

  #described(agent: TaskAgent): VirtualMachineResource {
    return { name: agent.name ?? '', agent, tags: this.#wanted.tags };
  }

  get #machines(): string {
    return machinesOf(this.#environment.project?.id ?? '', this.#environment.id ?? 0);
  }

  async #find(name: string): Promise<VirtualMachineResource | undefined> {
    const path = `${this.#machines}?name=${encodeURIComponent(name)}`;
    return (await this.#service.get<List<VirtualMachineResource>>(path)).value[0];
  }

  async #registered({ id = 0, agent = {} }: VirtualMachineResource): Promise<Registered> {
    const pool = await this.#service.get<TaskAgentPoolReference>(`${this.#machines}/pool`);
    const { id: environmentId = 0, project } = this.#environment;
    const place = { poolId: pool.id ?? 0, poolName: pool.name ?? '', projectId: project?.id ?? '' };
    return { agent, place: { ...place, environmentId, environmentVMResourceId: id } };
  }
}

/** Removes a virtual machine from an environment. */
export function removeFromEnvironment(
  service: AgentService,
  {
    project,
    environmentId,
    environmentVMResourceId,
  }: { project: string; environmentId: number; environmentVMResourceId: number },
): Promise<void> {
  return service.delete(`${machinesOf(project, environmentId)}/${environmentVMResourceId}`);
}

function machinesOf(project: string, environmentId: number): string {
  return `${project}/_apis/pipelines/environments/${environmentId}/providers/virtualmachines`;
}
