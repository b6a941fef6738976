import { quoted, TaskError } from '../errors';
import type { Conversation } from '../http/conversation';
import { findNamed, isId, type Named } from './named';
import { type Project, targetApi } from './project';
import { type PoolToken, TokenClient } from './token-client';

/** The environments of a project, read with a minted token. */
export class Environments {
  readonly #project: Project;
  readonly #client: TokenClient;

  constructor(conversation: Conversation, project: Project, token: PoolToken) {
    this.#project = project;
    this.#client = new TokenClient(conversation, project.organization, token);
  }

  /**
   * Finds an environment by its name.
   * https://learn.microsoft.com/rest/api/azure/devops/environments/environments/list
   * @throws TaskError `target-not-found`, or those of TokenClient.
   */
  async open(name: string): Promise<Named> {
    const doing = `Reading the environments of ${this.#project.title}`;
    const question = { path: this.#path, query: { name }, doing, ...targetApi };
    const environment = findNamed(await this.#client.listAll(question), name);
    if (environment) return environment;
    throw new TaskError('target-not-found', `There is no environment ${quoted(name)} in ${this.#project.title}.`);
  }

  /**
   * The agents of the virtual machines of an environment, unchecked.
   * @throws TaskError `target-not-found`, or those of TokenClient.
   */
  async agents(environment: Named): Promise<unknown[]> {
    const doing = 'Reading the virtual machines of the environment';
    const question = { path: this.#machines(environment), query: {}, doing, ...targetApi };
    return (await this.#client.listAll(question)).map((machine) => Object(machine).agent);
  }

  /**
   * The id of the pool that has the capabilities of an environment's agents.
   * @throws TaskError `target-not-found`, `response-malformed`, or those of TokenClient.
   */
  async poolOf(environment: Named): Promise<number> {
    const doing = 'Reading the pool of the environment';
    const path = `${this.#machines(environment)}/pool`;
    const { id } = await this.#client.object({ path, query: {}, doing, ...targetApi });
    if (isId(id)) return id;
    throw new TaskError('response-malformed', `${doing} was answered without its id.`);
  }

  #machines({ id }: Named): string {
    return `${this.#path}/${id}/providers/virtualmachines`;
  }

  get #path(): string {
    return `/${encodeURIComponent(this.#project.id)}/_apis/pipelines/environments`;
  }
}
