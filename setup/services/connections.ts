import type { ServiceEndpoint } from 'azure-devops-node-api/interfaces/ServiceEndpointInterfaces';
import type { Secret } from '../../src/secret';
import { SetupError } from '../failure';
import { sameName } from '../options';
import { type AzureDevOps, statusOf } from './azure-devops';
import type { Named } from './organization';

export const connectionType = 'AgentPoolTokenIssuer';
const federationScheme = 'WorkloadIdentityFederation';
const plainScheme = 'None';

/** How an app proves itself for a connection. */
export type Proof = 'federation' | 'identityToken' | 'secret';

/** A service connection of this extension, as the service keeps it. Confidential values are never in it. */
export interface IssuerConnection {
  id: string;
  name: string;
  proof: Proof;
  tenantId: string;
  clientId: string;
  /** ISO 8601, UTC; empty where nothing is known. */
  storedOn: string;
  maxLifetimeMinutes: string;
  allowedScopes: string;
  agentIdentityId: string;
  agentUserId: string;
  /** Names of the confidential fields that it holds. */
  confidential: string[];
  ready: boolean;
  disabled: boolean;
  /** What its identity tokens say, where the service states it; empty else. */
  issuer: string;
  subject: string;
  projects: string[];
  /** As it was read, for a write that keeps everything else. */
  raw: ServiceEndpoint;
}

/** What a new connection holds. */
export interface ConnectionContent {
  proof: Proof;
  fields: Record<string, string>;
  refreshToken?: Secret;
  clientSecret?: Secret;
}

/** The extension's service connections of one project. */
export class Connections {
  constructor(
    readonly azureDevOps: AzureDevOps,
    readonly organizationUrl: string,
    readonly project: Named,
  ) {}

  /** The connection of a name, of any type; undefined where there is none. */
  async named(name: string): Promise<{ ofOurType: boolean; connection: IssuerConnection } | undefined> {
    const purpose = { doing: 'Looking for the service connection' };
    const found = await this.azureDevOps.read(purpose, ({ serviceEndpoints }) =>
      serviceEndpoints.getServiceEndpointsByNames(this.project.id, [name], undefined, undefined, undefined, true, true),
    );
    const raw = (found ?? []).find((each) => sameName(each.name ?? '', name));
    if (!raw) return undefined;
    return { ofOurType: sameName(raw.type ?? '', connectionType), connection: readConnection(raw) };
  }

  async ofOurType(): Promise<IssuerConnection[]> {
    const purpose = { doing: 'Reading the service connections' };
    const found = await this.azureDevOps.read(purpose, ({ serviceEndpoints }) =>
      serviceEndpoints.getServiceEndpoints(this.project.id, connectionType),
    );
    return (found ?? []).map(readConnection);
  }

  async withId(id: string): Promise<IssuerConnection> {
    const purpose = { doing: 'Reading the service connection' };
    const raw = await this.azureDevOps.read(purpose, ({ serviceEndpoints }) =>
      serviceEndpoints.getServiceEndpointDetails(this.project.id, id),
    );
    if (!raw?.id) throw new SetupError('The service connection cannot be read back.', 'Run the command again.');
    return readConnection(raw);
  }

  /** @throws SetupError whose cause has the status of the answer. */
  async create(name: string, content: ConnectionContent): Promise<IssuerConnection> {
    const description = 'Mints short-lived tokens for agent pools. Made by the issuer command.';
    const endpoint: ServiceEndpoint = {
      name,
      type: connectionType,
      url: this.organizationUrl,
      description,
      owner: 'library',
      isShared: false,
      isReady: true,
      authorization: {
        scheme: content.proof === 'federation' ? federationScheme : plainScheme,
        parameters: secretsOf(content),
      },
      data: fieldsOf(content),
      serviceEndpointProjectReferences: [{ projectReference: this.project, name, description }],
    };
    const purpose = {
      doing: 'Creating the service connection',
      who: 'an administrator of the project',
      secrets: all(content),
    } as const;
    const made = await this.azureDevOps.call(purpose, ({ serviceEndpoints }) =>
      serviceEndpoints.createServiceEndpoint(endpoint),
    );
    if (!made?.id) throw new SetupError('The service connection came back without an id.', 'Run the command again.');
    return readConnection(made);
  }

  /** Writes a connection back whole: new secrets and fields, everything else as it was read. */
  async rewrite(connection: IssuerConnection, content: ConnectionContent): Promise<void> {
    const { raw } = connection;
    const endpoint: ServiceEndpoint = {
      ...raw,
      data: { ...raw.data, ...content.fields },
      authorization: {
        ...raw.authorization,
        parameters: { ...raw.authorization?.parameters, ...underKeysOf(raw, secretsOf(content)) },
      },
    };
    const purpose = { doing: 'Writing the service connection', secrets: all(content) };
    await this.azureDevOps.call(purpose, ({ serviceEndpoints }) =>
      serviceEndpoints.updateServiceEndpoint(endpoint, connection.id),
    );
  }

  /** Also while the command cleans up. Done as well where the connection is gone already. */
  async remove(id: string, projectIds: string[]): Promise<void> {
    const purpose = { doing: 'Deleting the service connection', cleansUp: true };
    try {
      await this.azureDevOps.call(purpose, ({ serviceEndpoints }) =>
        serviceEndpoints.deleteServiceEndpoint(id, projectIds),
      );
    } catch (error) {
      if (!(error instanceof SetupError) || statusOf(error.cause) !== 404) throw error;
    }
  }
}

function secretsOf({ refreshToken, clientSecret }: ConnectionContent): Record<string, string> {
  return {
    ...(refreshToken && { refreshToken: refreshToken.reveal() }),
    ...(clientSecret && { clientSecret: clientSecret.reveal() }),
  };
}

function fieldsOf({ proof, fields }: ConnectionContent): Record<string, string> {
  return proof === 'identityToken' ? { ...fields, clientAuthentication: 'identityToken' } : fields;
}

function all({ refreshToken, clientSecret }: ConnectionContent): Secret[] {
  return [refreshToken, clientSecret].filter((secret) => secret !== undefined);
}

/** The service keeps names of parameters in the case in which it got them first. */
function underKeysOf(raw: ServiceEndpoint, parameters: Record<string, string>): Record<string, string> {
  const keys = Object.keys(raw.authorization?.parameters ?? {});
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [keys.find((key) => sameName(key, name)) ?? name, value]),
  );
}

function readConnection(raw: ServiceEndpoint): IssuerConnection {
  const parameters = raw.authorization?.parameters ?? {};
  const field = (name: string) => fieldOf(raw.data ?? {}, name) || fieldOf(parameters, name);
  const federated = sameName(raw.authorization?.scheme ?? '', federationScheme);
  const plain = sameName(field('clientAuthentication'), 'identityToken') ? 'identityToken' : 'secret';
  return {
    id: raw.id ?? '',
    name: raw.name ?? '',
    proof: federated ? 'federation' : plain,
    tenantId: field('tenantId'),
    // What the federation scheme calls it where the dialog made the connection.
    clientId: field('clientId') || field('servicePrincipalId'),
    storedOn: field('refreshTokenStoredOn'),
    maxLifetimeMinutes: field('maxLifetimeMinutes'),
    allowedScopes: field('allowedScopes'),
    agentIdentityId: field('agentIdentityId'),
    agentUserId: field('agentUserId'),
    confidential: Object.keys(parameters).filter((name) =>
      ['refreshtoken', 'clientsecret'].includes(name.toLowerCase()),
    ),
    ready: raw.isReady !== false,
    disabled: raw.isDisabled === true,
    issuer: field('workloadIdentityFederationIssuer'),
    subject: field('workloadIdentityFederationSubject'),
    projects: (raw.serviceEndpointProjectReferences ?? []).map(({ projectReference }) => projectReference?.id ?? ''),
    raw,
  };
}

function fieldOf(record: Record<string, string | null>, name: string): string {
  const key = Object.keys(record).find((each) => sameName(each, name));
  return (key !== undefined && record[key]) || '';
}
