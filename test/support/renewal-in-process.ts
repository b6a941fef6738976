import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Fault, openServices, type ServiceEndpoint, type Services } from '../../dev/emulator';
import { credentialOf } from '../../dev/emulator/service-endpoints/federation';
import { renew } from '../../src/renew-agent-pool-token-issuer/main';
import manifest from '../../tasks/RenewAgentPoolTokenIssuer/RenewAgentPoolTokenIssuerV1/task.json';
import { issuerConnection, issuerId, Job, type Stage, type TaskRun } from './job-in-process';
import { FakeRuntime } from './world';

export const day = 24 * 60 * 60_000;

export interface IssuerOptions {
  /** Default: with a client secret. */
  federated?: boolean;
  /** Default 10; undefined where nothing says so. */
  storedDaysAgo?: number | undefined;
}

const extension = JSON.parse(readFileSync(join(__dirname, '..', '..', 'vss-extension.json'), 'utf8'));

/** An issuer connection that is stored in the organization, which jobs are given as it is then. */
export class StoredIssuer {
  readonly runtime = new FakeRuntime();
  readonly services: Services = openServices({ time: this.runtime.time });
  readonly endpoint: ServiceEndpoint;
  /** The last step that ran. */
  job: Job | undefined;

  constructor(options: IssuerOptions = {}) {
    const { services } = this;
    const { state } = services;
    const { clientSecret, refreshToken, ...data } = services.issuer;
    services.installExtension(extension);
    const { federated, storedDaysAgo = 10 } = options;
    const known = !('storedDaysAgo' in options) || options.storedDaysAgo !== undefined;
    this.endpoint = services.addServiceEndpoint({
      name: issuerConnection,
      type: 'AgentPoolTokenIssuer',
      scheme: federated ? 'WorkloadIdentityFederation' : 'None',
      parameters: federated ? { refreshToken } : { clientSecret, RefreshToken: refreshToken },
      data: {
        ...data,
        maxLifetimeMinutes: '60',
        ...(known && { refreshTokenStoredOn: new Date(state.clock.now() - storedDaysAgo * day).toISOString() }),
      },
    });
    this.endpoint.id = issuerId;
    services.setEndpointRole(this.endpoint, state.collection.buildService, { collection: 'Administrator' });
    services.setEndpointRole(this.endpoint, services.federated.principal, { collection: 'Administrator' });
    const [application] = state.applications;
    assert.ok(application);
    if (federated) {
      delete application.clientSecret;
      application.federatedCredentials = [credentialOf(this.endpoint, state.project.id, state)];
    }
  }

  /** The refresh token that is stored now, in any case of its field. */
  get refreshToken(): string {
    return this.#parameter('refreshToken') ?? '';
  }

  get clientSecret(): string | undefined {
    return this.#parameter('clientSecret');
  }

  /** Whether Entra would take the token that is stored. */
  get works(): boolean {
    const found = this.services.state.refreshTokens.find(({ value }) => value === this.refreshToken);
    return (
      found !== undefined && !found.revoked && !found.replaced && found.expiresAt > this.services.state.clock.now()
    );
  }

  /** What jobs are given of it. */
  get given(): NonNullable<TaskRun['connection']> {
    const { clientSecret, refreshToken, endpoint } = this;
    const data = Object.fromEntries(Object.entries(endpoint.data).map(([key, value]) => [key, value ?? '']));
    return { url: endpoint.url, scheme: endpoint.scheme, data, secrets: { clientSecret, refreshToken } };
  }

  /** A job that renews, with what the connection holds now. */
  renewal(run: Pick<TaskRun, 'inputs' | 'options'> = {}, runtime = this.runtime): Job {
    const { services } = this;
    const { state } = services;
    const writerId = services.federated.connectionId;
    const job = new Job({
      services,
      runtime,
      manifest,
      run: {
        ...run,
        inputs: { writer: 'job', azureDevOpsServiceConnection: writerId, ...run.inputs },
        connection: this.given,
        options: { ...run.options, variables: { 'System.TeamProjectId': state.project.id, ...run.options?.variables } },
      },
    });
    job.pipeline.inputs.issuer = issuerId;
    job.pipeline.connections[writerId] = {
      url: services.organizationUrl,
      scheme: 'WorkloadIdentityFederation',
      parameters: { tenantId: state.tenantId, servicePrincipalId: services.federated.clientId },
    };
    return job;
  }

  /** Runs one job that renews, and checks what holds for every job. */
  async renew(run: Pick<TaskRun, 'inputs' | 'options'> = {}, ...faults: Fault[]): Promise<Stage> {
    const job = this.renewal(run);
    this.job = job;
    for (const fault of faults) this.services.plan(fault);
    const stage = await job.stage(renew);
    job.check();
    return stage;
  }

  #parameter(name: string): string | undefined {
    const entries = Object.entries(this.endpoint.parameters);
    return entries.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1] ?? undefined;
  }
}
