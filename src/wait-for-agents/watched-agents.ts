import type { Organization } from '../azure-devops/organization';
import { Pools } from '../azure-devops/pools';
import { type OpenTarget, openTarget, type ProjectTarget } from '../azure-devops/project-targets';
import type { PoolToken } from '../azure-devops/token-client';
import { TaskError } from '../errors';
import type { Conversation } from '../http/conversation';
import { fieldsOf } from '../json';
import { type Agent, readAgent } from './agent';

/** Where the agents appear that a step waits for. */
export type Target = { kind: 'pool'; name: string } | ProjectTarget;

/** Who asks, and about what. */
export interface Watch extends PoolToken {
  organization: Organization;
  target: Target;
}

const places = { pool: 'the pool', deploymentGroup: 'the deployment group', environment: 'the environment' };

/** The agents of one target, read again and again. */
export class WatchedAgents {
  readonly #target: Target;
  readonly #pools: Pools;
  #open: OpenTarget | undefined;

  constructor(conversation: Conversation, watch: Watch) {
    this.#target = watch.target;
    this.#pools = new Pools(conversation, watch.organization, watch);
  }

  /** For messages: where the agents appear. */
  get place(): string {
    return places[this.#target.kind];
  }

  /**
   * All agents of the target. One that was deleted and made again under its name is followed.
   * @throws TaskError those of Pools or openTarget.
   */
  async list(): Promise<Agent[]> {
    const wasOpen = this.#open !== undefined;
    try {
      return await this.#list();
    } catch (error) {
      const gone = error instanceof TaskError && ['pool-not-found', 'target-not-found'].includes(error.code);
      if (!wasOpen || !gone) throw error;
      this.#open = undefined;
      return this.#list();
    }
  }

  /**
   * What an agent can do, with names in lower case; nothing where it is not there any more.
   * @throws TaskError those of Pools or openTarget.
   */
  async capabilities({ name, id }: Agent): Promise<Map<string, string>> {
    this.#open ??= await this.#find();
    const agent = fieldsOf(await this.#pools.agentNamed({ id: await this.#open.poolId() }, name));
    if (agent.id !== id) return new Map();
    const all = { ...fieldsOf(agent.systemCapabilities), ...fieldsOf(agent.userCapabilities) };
    return new Map(
      Object.entries(all).map(([key, value]) => [key.toLowerCase(), typeof value === 'string' ? value : '']),
    );
  }

  async #list(): Promise<Agent[]> {
    this.#open ??= await this.#find();
    return (await this.#open.agents()).map(readAgent).filter((agent) => agent !== undefined);
  }

  async #find(): Promise<OpenTarget> {
    if (this.#target.kind !== 'pool') return openTarget(this.#pools, this.#target);
    const pool = await this.#pools.open(this.#target.name);
    return { agents: () => this.#pools.agents(pool), poolId: async () => pool.id };
  }
}
