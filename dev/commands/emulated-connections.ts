import type { Emulator, ServiceEndpoint } from '../emulator';
import type { Connection } from '../job-runner';

/** The service connections whose other side the emulator knows, by their type in lower case. */
export const emulatedConnections: Readonly<Record<string, (emulator: Emulator, name: string) => Connection>> = {
  agentpooltokenissuer: issuerForAnyScope,
  workloadidentityuser: azureDevOpsConnection,
  azurerm: azureRmConnection,
};

/** Signs in as the emulator's default user. */
export function issuerConnection(emulator: Emulator, name: string): Connection {
  const { tenantId, clientId, clientSecret, refreshToken, authorityUrl } = emulator.issuer;
  return {
    name,
    type: 'AgentPoolTokenIssuer',
    url: emulator.organizationUrl,
    data: { tenantId, clientId, authorityUrl },
    authorization: { scheme: 'None', parameters: { clientSecret, refreshToken } },
  };
}

/** A connection that the emulated organization stores, as its jobs get it. */
export function storedConnection({ id, name, type, url, data, scheme, parameters }: ServiceEndpoint): Connection {
  return { id, name, type, url, data: texts(data), authorization: { scheme, parameters: texts(parameters) } };
}

function texts(record: Record<string, string | null>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, value ?? '']));
}

/** The same as issuerConnection, whose owner allows every scope: any example runs with it. */
export function issuerForAnyScope(emulator: Emulator, name: string): Connection {
  const connection = issuerConnection(emulator, name);
  return { ...connection, data: { ...connection.data, allowedScopes: 'agentPool,deploymentGroup,environment' } };
}

/** Signs in as the emulator's federated application, which trusts this connection from now on. */
export function azureDevOpsConnection(emulator: Emulator, name: string): Connection {
  const { tenantId, clientId } = emulator.federated;
  return {
    name,
    id: emulator.addFederatedConnection(name),
    type: 'workloadidentityuser',
    url: emulator.organizationUrl,
    // A real one says nothing here: it is always the public Entra.
    data: { environmentAuthorityUrl: authorityOf(emulator) },
    authorization: {
      scheme: 'WorkloadIdentityFederation',
      parameters: { TenantId: tenantId, ServicePrincipalId: clientId },
    },
  };
}

/** The same through Azure Resource Manager, or as the service principal that has a secret. */
export function azureRmConnection(
  emulator: Emulator,
  name: string,
  scheme: 'WorkloadIdentityFederation' | 'ServicePrincipal' = 'WorkloadIdentityFederation',
): Connection {
  const { federated, servicePrincipal } = emulator;
  const federation = scheme === 'WorkloadIdentityFederation';
  return {
    name,
    ...(federation ? { id: emulator.addFederatedConnection(name) } : {}),
    type: 'AzureRM',
    url: 'https://management.azure.com/',
    data: {
      environment: 'AzureCloud',
      scopeLevel: 'Subscription',
      subscriptionId: '7f1e6c1a-2f0a-4a53-8d0e-1c5b2a9d7e44',
      subscriptionName: 'Fabrikam',
      environmentAuthorityUrl: authorityOf(emulator),
      activeDirectoryAuthority: authorityOf(emulator),
    },
    authorization: {
      scheme,
      parameters: federation
        ? { tenantid: federated.tenantId, serviceprincipalid: federated.clientId }
        : {
            tenantid: servicePrincipal.tenantId,
            serviceprincipalid: servicePrincipal.clientId,
            authenticationType: 'spnKey',
            serviceprincipalkey: servicePrincipal.clientSecret,
          },
    },
  };
}

/** With the slash at its end that the service writes. */
function authorityOf({ url }: Emulator): string {
  return `${url}/`;
}
