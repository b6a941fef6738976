import { getBasicHandler, WebApi } from 'azure-devops-node-api';
import type { ConnectionData } from 'azure-devops-node-api/interfaces/LocationsInterfaces';
import type { ITaskAgentApi } from 'azure-devops-node-api/TaskAgentApi';

const accept = { acceptHeader: 'application/json;api-version=7.2-preview.1' };

/** Azure DevOps as registering and removing meet it: failures come in the words of a real agent. */
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

  /** Calls a function of the library. */
  ask<T>(call: (api: ITaskAgentApi) => Promise<T>): Promise<T> {
    return this.#ask(async () => {
      this.#taskAgent ??= this.#webApi.getTaskAgentApi();
      return call(await this.#taskAgent);
    });
  }

  /**
   * Asks for something that the library has no function for.
   * @param path below the organization, with its query.
   */
  async get<T>(path: string): Promise<T> {
    const { result } = await this.#ask(() => this.#webApi.rest.get<T>(`${this.#url}/${path}`, accept));
    return this.#ask(async () => result as T);
  }

  /** As `get`; sends a body. */
  async send<T>(method: 'POST' | 'PUT', path: string, body: unknown): Promise<T> {
    const { rest } = this.#webApi;
    const url = `${this.#url}/${path}`;
    const sent = method === 'POST' ? () => rest.create<T>(url, body, accept) : () => rest.replace<T>(url, body, accept);
    const { result } = await this.#ask(sent);
    return this.#ask(async () => result as T);
  }

  /** Deletes what is at this path. The library's own functions do not distinguish 204 from a sign-in page or from 404. */
  async delete(path: string): Promise<void> {
    const { statusCode } = await this.#ask(() => this.#webApi.rest.del(`${this.#url}/${path}`, accept));
    if (statusCode !== 200 && statusCode !== 204) throw this.#unexpected(statusCode);
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
