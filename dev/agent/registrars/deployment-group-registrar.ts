import type {
  DeploymentGroup,
  DeploymentMachine,
  TaskAgent,
} from 'azure-devops-node-api/interfaces/TaskAgentInterfaces';
import type { AgentService } from '../service';
import type { PlaceInProject, Registered, Registrar } from './registrar';

/** Registers agents as targets of a deployment group. */
export class DeploymentGroupRegistrar implements Registrar {
  readonly #service: AgentService;
  readonly #wanted: PlaceInProject;
  #group: DeploymentGroup = {};

  constructor(service: AgentService, wanted: PlaceInProject) {
    this.#service = service;
    this.#wanted = wanted;
  }

  async find(): Promise<void> {
    const { project, name } = this.#wanted;
    const [group] = await this.#service.ask((api) => api.getDeploymentGroups(project, name));
    if (group?.id === undefined) throw new Error(`Deployment Group not found: '${name}'`);
    this.#group = group;
  }

  async has(name: string): Promise<boolean> {
    return (await this.#find(name)) !== undefined;
  }

  taken(name: string): string {
    return `DeploymentGroup ${this.#group.id} already contains a machine with name ${name}.`;
  }

  async add(agent: TaskAgent): Promise<Registered> {
    return this.#tagged(await this.#service.ask((api) => api.addDeploymentTarget({ agent }, this.#project, this.#id)));
  }

  async replace(agent: TaskAgent): Promise<Registered> {
    const target = (await this.#find(agent.name ?? '')) ?? {};
    const { id = 0 } = target;
    const replaced = await this.#service.ask((api) =>
      api.replaceDeploymentTarget({ ...target, agent }, this.#project, this.#id, id),
    );
    return this.#tagged(replaced);
  }

  get #id(): number {
    return this.#group.id ?? 0;
  }

  get #project(): string {
    return this.#group.project?.id ?? '';
  }

  #find(name: string): Promise<DeploymentMachine | undefined> {
    return findTarget(this.#service, this.#project, this.#id, name);
  }

  /** Tags take a request of their own, which a real agent sends whether or not they are there already. */
  async #tagged(target: DeploymentMachine): Promise<Registered> {
    const { tags } = this.#wanted;
    if (tags.length > 0) {
      const update = [{ ...target, tags }];
      await this.#service.ask((api) => api.updateDeploymentTargets(update, this.#project, this.#id));
    }
    const { pool } = this.#group;
    const place = { poolId: pool?.id ?? 0, poolName: pool?.name ?? '', projectId: this.#project };
    return { agent: target.agent ?? {}, place: { ...place, deploymentGroupId: this.#id } };
  }
}

/** Removes the target of this name from a deployment group. Returns whether there was one. */
export async function removeFromDeploymentGroup(
  service: AgentService,
  { project, groupId }: { project: string; groupId: number },
  name: string,
): Promise<boolean> {
  const target = await findTarget(service, project, groupId, name);
  if (target?.id === undefined) return false;
  await service.delete(`${project}/_apis/distributedtask/deploymentgroups/${groupId}/targets/${target.id}`);
  return true;
}

async function findTarget(service: AgentService, project: string, groupId: number, name: string) {
  const [target] = await service.ask((api) => api.getDeploymentTargets(project, groupId, undefined, name));
  return target;
}
