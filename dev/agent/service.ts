import { getBasicHandler, WebApi } from 'azure-devops-node-api';
import type { ConnectionData } from 'azure-devops-node-api/interfaces/LocationsInterfaces';
import {
  type TaskAgent,
  type TaskAgentPool,
  TaskAgentPoolType,
} from 'azure-devops-node-api/interfaces/TaskAgentInterfaces';
import type { ITaskAgentApi } from 'azure-devops-node-api/TaskAgentApi';

/** What registering and removing need of Azure DevOps, with failures in the words of a real agent. */
export class AgentService {
  readonly #url: string;
  readonly #webApi: WebApi;
  #taskAgent: Promise<ITaskAgentApi> | undefined;

  constructor(url: string, token: string) {
    this.#url = url;
    const { hostname } = new URL(url);
    const isLoopback = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
    this.#webApi = new WebApi(url, getBasicHandler('VstsAgent', token, false), {
      allowRedirects: false,
      // An empty proxy keeps the library from taking one out of the environment.
      ...(isLoopback ? { proxy: { proxyUrl: '' } } : {}),
    });
  }

  async connect(): Promise<void> {
    await this.#ask<ConnectionData>(() => this.#webApi.connect());
  }

  async findPool(name: string): Promise<TaskAgentPool & { id: number }> {
    const pools = await this.#askPools((api) => api.getAgentPools(name, undefined, TaskAgentPoolType.Automation));
    const [pool] = pools;
    if (pool?.id === undefined) throw new Error(`Agent pool not found: '${name}'`);
    return { ...pool, id: pool.id };
  }

  async findAgent(poolId: number, name: string): Promise<TaskAgent | undefined> {
    const agents = await this.#askPools((api) => api.getAgents(poolId, name, false));
    return agents[0];
  }

  addAgent(poolId: number, agent: TaskAgent): Promise<TaskAgent> {
    return this.#askPools((api) => api.addAgent(agent, poolId));
  }

  replaceAgent(poolId: number, agentId: number, agent: TaskAgent): Promise<TaskAgent> {
    return this.#askPools((api) => api.replaceAgent({ ...agent, id: agentId }, poolId, agentId));
  }

  /** The library's own deleteAgent does not let its caller tell 204 from a sign-in page or from 404. */
  async deleteAgent(poolId: number, agentId: number): Promise<void> {
    const { rest, vsoClient } = this.#webApi;
    const { statusCode } = await this.#ask(async () => {
      const { requestUrl, apiVersion } = await vsoClient.getVersioningData(
        '7.2-preview.1',
        'distributedtask',
        'e298ef32-5878-4cab-993c-043836571f42',
        { poolId, agentId },
      );
      return rest.del(requestUrl ?? '', { acceptHeader: `application/json;api-version=${apiVersion}` });
    });
    if (statusCode !== 200 && statusCode !== 204) throw this.#unexpected(statusCode);
  }

  #askPools<T>(call: (api: ITaskAgentApi) => Promise<T>): Promise<T> {
    return this.#ask(async () => {
      this.#taskAgent ??= this.#webApi.getTaskAgentApi();
      return call(await this.#taskAgent);
    });
  }

  /** The library takes a sign-in page (203) for success, and gives null for it as for everything it cannot read. */
  async #ask<T>(call: () => Promise<T>): Promise<T> {
    let answer: T;
    try {
      answer = await call();
    } catch (error) {
      throw this.#explain(error);
    }
    if (answer === null || answer === undefined) throw new Error(this.#notAuthorized());
    return answer;
  }

  #explain(error: unknown): Error {
    const { statusCode, message, responseHeaders } = error as Error & {
      statusCode?: number;
      responseHeaders?: Record<string, string | undefined>;
    };
    const serviceError = responseHeaders?.['x-tfs-serviceerror'];
    if (statusCode === 401) {
      return new Error(serviceError ? decodeURIComponent(serviceError) : this.#notAuthorized(), { cause: error });
    }
    if (statusCode !== undefined && statusCode < 400) return this.#unexpected(statusCode);
    return new Error(message, { cause: error });
  }

  #unexpected(statusCode: number): Error {
    return new Error(`The server answered with an unexpected status ${statusCode}.`);
  }

  #notAuthorized(): string {
    return `VS30063: You are not authorized to access ${new URL(this.#url).origin}.`;
  }
}
