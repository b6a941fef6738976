import { quoted, TaskError } from '../errors';
import type { Conversation } from '../http/conversation';
import { findNamed, isId, type Named } from './named';
import { type Project, targetApi } from './project';
import { type PoolToken, TokenClient } from './token-client';

/** A deployment group of a project. */
export interface DeploymentGroup extends Named {
  /** Its deployment pool, which has the capabilities of its agents. */
  poolId: number;
}

/** The deployment groups of a project, read with a minted token. */
export class DeploymentGroups {
  readonly #project: Project;
  readonly #client: TokenClient;

  constructor(conversation: Conversation, project: Project, token: PoolToken) {
    this.#project = project;
    this.#client = new TokenClient(conversation, project.organization, token);
  }

  /**
   * Finds a deployment group by its name.
   * https://learn.microsoft.com/rest/api/azure/devops/distributedtask/deploymentgroups/list
   * @throws TaskError `target-not-found`, `response-malformed`, or those of TokenClient.
   */
  async open(name: string): Promise<DeploymentGroup> {
    const doing = `Reading the deployment groups of ${this.#project.title}`;
    const question = { path: this.#path, query: { name }, doing, ...targetApi };
    const group = findNamed(await this.#client.listAll(question), name);
    if (!group) {
      throw new TaskError(
        'target-not-found',
        `There is no deployment group ${quoted(name)} in ${this.#project.title}.`,
      );
    }
    const pool: Record<string, unknown> = { ...Object(group.pool) };
    if (!isId(pool.id)) throw new TaskError('response-malformed', `${doing} was answered without the group's pool.`);
    return { id: group.id, name: group.name, poolId: pool.id };
  }

  /**
   * The agents of the targets of a deployment group, unchecked.
   * https://learn.microsoft.com/rest/api/azure/devops/distributedtask/targets/list
   * @throws TaskError `target-not-found`, or those of TokenClient.
   */
  async agents({ id }: DeploymentGroup): Promise<unknown[]> {
    const doing = 'Reading the targets of the deployment group';
    const targets = await this.#client.listAll({
      path: `${this.#path}/${id}/targets`,
      query: {},
      doing,
      ...targetApi,
    });
    return targets.map((target) => Object(target).agent);
  }

  get #path(): string {
    return `/${encodeURIComponent(this.#project.id)}/_apis/distributedtask/deploymentgroups`;
  }
}
