import { TaskAgentPoolActionFilter } from 'azure-devops-node-api/interfaces/TaskAgentInterfaces';
import { administer, connectionNamespace } from '../../src/azure-devops/connections/service-connections';
import { fieldsOf } from '../../src/json';
import { sameName } from '../options';
import type { AzureDevOps } from './azure-devops';
import { type Rest, succeeded, textOf } from './rest';

export interface Named<Id = string> {
  id: Id;
  name: string;
}

export interface Pool extends Named<number> {
  /** Whether it takes agents of one's own: not hosted by Microsoft, and no deployment pool. */
  takesAgents: boolean;
}

const collectionNamespace = '3e65f728-f8bc-4ecd-8764-7e378b19bfa7';
const bits = { changeCollection: 2, createConnection: 4 };
const automation = 1;

/**
 * The tenant that an organization is connected to, which it shows to every caller.
 * @returns undefined where it shows none; zeros where it belongs to no tenant.
 */
export async function tenantOf(anonymous: Rest): Promise<string | undefined> {
  const answer = await anonymous.ask({ path: '/_apis/connectionData', doing: 'Looking for the organization' });
  const tenant = answer.header('x-vss-resourcetenant')?.split(',')[0]?.trim();
  const challenge = answer.header('www-authenticate') ?? '';
  return tenant || /authorization_uri="?https?:\/\/[^/\s]+\/([0-9a-f-]{36})/i.exec(challenge)?.[1];
}

/** The organization as a whole, and its projects, pools and pipelines. */
export class OrganizationSettings {
  constructor(
    readonly azureDevOps: AzureDevOps,
    readonly rest: Rest,
  ) {}

  /** Its id, and the caller's own identity in it; undefined where it does not know the caller. */
  async connectionData(): Promise<{ organizationId: string; identityId: string; tenantId?: string } | undefined> {
    const answer = await this.rest.ask({ path: '/_apis/connectionData', doing: 'Signing in to the organization' });
    if (!succeeded(answer)) return undefined;
    const user = answer.field('authenticatedUser');
    const tenantId = answer.header('x-vss-resourcetenant');
    return {
      organizationId: textOf(fieldsOf(answer.json), 'instanceId'),
      identityId: textOf(fieldsOf(user), 'id'),
      ...(tenantId !== undefined && { tenantId }),
    };
  }

  async projects(): Promise<Named[]> {
    const found = await this.azureDevOps.read({ doing: 'Reading the projects' }, ({ core }) =>
      core.getProjects(undefined, 10_000),
    );
    return (found ?? []).map(({ id = '', name = '' }) => ({ id, name }));
  }

  async pools(): Promise<Pool[]> {
    const found = await this.azureDevOps.read({ doing: 'Reading the agent pools' }, ({ taskAgent }) =>
      taskAgent.getAgentPools(),
    );
    return (found ?? []).map(({ id = 0, name = '', isHosted, poolType }) => ({
      id,
      name,
      takesAgents: isHosted !== true && (poolType === undefined || poolType === automation),
    }));
  }

  /** Ids of the pools that the caller may manage. */
  async manageablePools(): Promise<number[]> {
    const purpose = { doing: 'Reading the agent pools that you manage' };
    const { Manage } = TaskAgentPoolActionFilter;
    const found = await this.azureDevOps.read(purpose, ({ taskAgent }) =>
      taskAgent.getAgentPools(undefined, undefined, undefined, Manage),
    );
    return (found ?? []).map(({ id = 0 }) => id);
  }

  async pipelines(project: string): Promise<Named<number>[]> {
    const purpose = { doing: 'Reading the pipelines of the project' };
    const found = await this.azureDevOps.read(purpose, ({ build }) =>
      build.getDefinitions(project, undefined, undefined, undefined, undefined, 10_000),
    );
    return (found ?? []).map(({ id = 0, name = '' }) => ({ id, name }));
  }

  /** Which ways without a client secret the extension's type of connection offers; undefined where it is not installed. */
  async connectionProofs(type: string): Promise<{ federation: boolean; identityToken: boolean } | undefined> {
    const purpose = { doing: 'Looking for the extension' };
    const types = await this.azureDevOps.read(purpose, ({ serviceEndpoints }) =>
      serviceEndpoints.getServiceEndpointTypes(type),
    );
    const found = (types ?? []).find(({ name }) => name?.toLowerCase() === type.toLowerCase());
    if (!found) return undefined;
    const schemes = found.authenticationSchemes ?? [];
    return {
      federation: schemes.some(({ scheme }) => sameName(scheme ?? '', 'WorkloadIdentityFederation')),
      identityToken: [found, ...schemes].some(({ inputDescriptors = [] }) =>
        inputDescriptors.some(({ id }) => sameName(id ?? '', 'clientAuthentication')),
      ),
    };
  }

  mayManageUsers(): Promise<boolean | undefined> {
    return this.#permitted(collectionNamespace, bits.changeCollection, 'NAMESPACE:');
  }

  mayCreateConnections(projectId: string): Promise<boolean | undefined> {
    return this.#permitted(connectionNamespace, bits.createConnection, `endpoints/${projectId}`);
  }

  mayAdministerConnection(connectionId: string): Promise<boolean | undefined> {
    return this.#permitted(connectionNamespace, administer, `endpoints/Collection/${connectionId}`);
  }

  /** Whether the organization restricts who may create tokens, or undefined where that cannot be read. */
  async restrictsTokens(): Promise<boolean | undefined> {
    const name = 'Policy.DisablePATCreation';
    const answer = await this.rest.optional({
      path: `/_apis/OrganizationPolicy/Policies/${name}?defaultValue=false&api-version=5.0-preview.1`,
      doing: 'Reading the policy on personal access tokens',
    });
    const value = answer?.field('effectiveValue') ?? answer?.field('value');
    return typeof value === 'boolean' ? value : undefined;
  }

  /** Whether the caller has a permission, or undefined where the service does not say. */
  async #permitted(namespace: string, bit: number, token: string): Promise<boolean | undefined> {
    const query = new URLSearchParams({ tokens: token, 'api-version': '7.1-preview.2' });
    const answer = await this.rest.optional({
      path: `/_apis/permissions/${namespace}/${bit}?${query}`,
      doing: 'Reading your permissions',
    });
    const value = answer?.field('value');
    const first: unknown = Array.isArray(value) ? value[0] : undefined;
    return typeof first === 'boolean' ? first : undefined;
  }
}
