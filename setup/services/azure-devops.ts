import type { RequestOptions } from 'node:http';
import { BuildApi } from 'azure-devops-node-api/BuildApi';
import { CoreApi } from 'azure-devops-node-api/CoreApi';
import type {
  IHttpClientResponse,
  IRequestHandler,
  IRequestOptions,
} from 'azure-devops-node-api/interfaces/common/VsoBaseInterfaces';
import { SecurityRolesApi } from 'azure-devops-node-api/SecurityRolesApi';
import { ServiceEndpointApi } from 'azure-devops-node-api/ServiceEndpointApi';
import { TaskAgentApi } from 'azure-devops-node-api/TaskAgentApi';
import { version } from '../../package.json';
import { serverText } from '../../src/errors';
import type { Secret } from '../../src/secret';
import { Interrupted, type Mender, SetupError } from '../failure';

const userAgent = `agent-pool-token-issuer/${version}`;
/** Milliseconds. */
const requestTimeout = 30_000;

/** Adds the caller's token to requests for the organization, and refuses to send it anywhere else. */
class BearerOfOrganization implements IRequestHandler {
  readonly #host: string;
  token: Secret | undefined;

  constructor(organizationUrl: string) {
    this.#host = new URL(organizationUrl).hostname;
  }

  prepareRequest(options: RequestOptions): void {
    const host = options.hostname ?? options.host;
    if (host !== this.#host) throw new Error(`The library was about to send a token to ${host}.`);
    options.headers = {
      ...options.headers,
      Authorization: `Bearer ${this.token?.reveal()}`,
      'X-TFS-FedAuthRedirect': 'Suppress',
    };
  }

  canHandleAuthentication(): boolean {
    return false;
  }

  handleAuthentication(): Promise<IHttpClientResponse> {
    return Promise.reject(new Error('There is only one credential.'));
  }
}

/** Microsoft's own client of the organization. */
export interface AzureDevOpsClients {
  core: CoreApi;
  build: BuildApi;
  taskAgent: TaskAgentApi;
  securityRoles: SecurityRolesApi;
  serviceEndpoints: ServiceEndpointApi;
}

/** What a call is for, and who mends a lack of rights. */
export interface Purpose {
  /** For messages: "Reading the project". */
  doing: string;
  who?: Mender;
  /** What a call sends that no message may repeat. */
  secrets?: Secret[];
  /** Sent although the person has interrupted the command. */
  cleansUp?: boolean;
}

/** The organization as the administrator, through Microsoft's own library. */
export class AzureDevOps {
  readonly #clients: AzureDevOpsClients;
  readonly #bearer: BearerOfOrganization;

  constructor(
    url: string,
    readonly token: () => Promise<Secret>,
    readonly interrupted: AbortSignal,
  ) {
    this.#bearer = new BearerOfOrganization(url);
    const options: IRequestOptions = { allowRedirects: false, socketTimeout: requestTimeout };
    // Not through its WebApi, which sends the token to any address that the service names for an area.
    const make = <T>(api: new (...args: [string, IRequestHandler[], IRequestOptions, string]) => T) =>
      new api(url, [this.#bearer], options, userAgent);
    this.#clients = {
      core: make(CoreApi),
      build: make(BuildApi),
      taskAgent: make(TaskAgentApi),
      securityRoles: make(SecurityRolesApi),
      serviceEndpoints: make(ServiceEndpointApi),
    };
  }

  /**
   * Calls one of the clients. The library returns null for what does not exist.
   * @throws Interrupted before anything is sent, SetupError for a refusal.
   */
  async call<T>(purpose: Purpose, use: (clients: AzureDevOpsClients) => Promise<T>): Promise<T> {
    if (this.interrupted.aborted && !purpose.cleansUp) throw new Interrupted();
    this.#bearer.token = await this.token();
    try {
      return await use(this.#clients);
    } catch (cause) {
      throw this.#failure(purpose, cause);
    }
  }

  /** Reads, with one more try where a connection broke or the service was busy. */
  async read<T>(purpose: Purpose, use: (clients: AzureDevOpsClients) => Promise<T>): Promise<T> {
    try {
      return await this.call(purpose, use);
    } catch (error) {
      if (!(error instanceof SetupError) || !isPassing(error.cause)) throw error;
      return this.call(purpose, use);
    }
  }

  #failure({ doing, who = 'a Project Collection Administrator', secrets = [] }: Purpose, cause: unknown): SetupError {
    const status = statusOf(cause);
    const all = this.#bearer.token ? [this.#bearer.token, ...secrets] : secrets;
    const text = cause instanceof Error ? cause.message : '';
    const reason = serverText(all.reduce((rest, secret) => secret.redact(rest), text));
    const what = `${doing} failed: ${[status, reason].filter((part) => part).join(', ') || 'no reason was given'}.`;
    if (status === 401 || status === 302 || status === 203) {
      return new SetupError(
        what,
        'Sign in with an account that belongs to this organization, and run the command again.',
        {
          cause,
        },
      );
    }
    if (status === 403)
      return new SetupError(what, `Ask ${who} for the right, or to run this command.`, { who, cause });
    return new SetupError(what, 'Correct what is named there, and run the command again: it finds what it has made.', {
      cause,
    });
  }
}

export function statusOf(error: unknown): number | undefined {
  const status: unknown = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** Whether a failure of the library leaves open what was done, or may pass by itself. */
export function isPassing(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined || status === 429 || status >= 500;
}
