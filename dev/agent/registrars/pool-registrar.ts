import {
  type TaskAgent,
  type TaskAgentPool,
  TaskAgentPoolType,
} from 'azure-devops-node-api/interfaces/TaskAgentInterfaces';
import type { AgentService } from '../service';
import type { Registered, Registrar } from './registrar';

/** Registers agents in a pool. */
export class PoolRegistrar implements Registrar {
  readonly #service: AgentService;
  readonly #name: string;
  #pool: TaskAgentPool = {};
  #existing: TaskAgent | undefined;

  constructor(service: AgentService, name: string) {
    this.#service = service;
    this.#name = name;
  }

  async find(): Promise<void> {
    const [pool] = await this.#service.ask((api) =>
      api.getAgentPools(this.#name, undefined, TaskAgentPoolType.Automation),
    );
    if (pool?.id === undefined) throw new Error(`Agent pool not found: '${this.#name}'`);
    this.#pool = pool;
  }

  async has(name: string): Promise<boolean> {
    this.#existing = await findAgent(this.#service, this.#id, name);
    return this.#existing !== undefined;
  }

  taken(name: string): string {
    return `Pool ${this.#name} already contains an agent with name ${name}.`;
  }

  async add(agent: TaskAgent): Promise<Registered> {
    return this.#registered(await this.#service.ask((api) => api.addAgent(agent, this.#id)));
  }

  async replace(agent: TaskAgent): Promise<Registered> {
    const id = this.#existing?.id ?? 0;
    return this.#registered(await this.#service.ask((api) => api.replaceAgent({ ...agent, id }, this.#id, id)));
  }

  get #id(): number {
    return this.#pool.id ?? 0;
  }

  #registered(agent: TaskAgent): Registered {
    return { agent, place: { poolId: this.#id, poolName: this.#pool.name ?? this.#name } };
  }
}

/** Removes the agent of this name from a pool. Returns whether there was one. */
export async function removeFromPool(service: AgentService, poolId: number, name: string): Promise<boolean> {
  const agent = await findAgent(service, poolId, name);
  if (agent?.id === undefined) return false;
  await service.delete(`_apis/distributedtask/pools/${poolId}/agents/${agent.id}`);
  return true;
}

async function findAgent(service: AgentService, poolId: number, name: string): Promise<TaskAgent | undefined> {
  const [agent] = await service.ask((api) => api.getAgents(poolId, name, false));
  return agent;
}
