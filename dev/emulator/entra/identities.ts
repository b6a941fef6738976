import type { Application, ServicePrincipal } from '../directory/entities';
import type { State } from '../state';

/** Who may sign in, with what it takes. */
export interface Identities {
  /** A working confidential client of the default user. */
  readonly issuer: {
    tenantId: string;
    clientId: string;
    clientSecret: string;
    refreshToken: string;
    authorityUrl: string;
  };
  /** A service principal that signs in with a secret. It administers most pools. */
  readonly servicePrincipal: {
    tenantId: string;
    clientId: string;
    clientSecret: string;
    authorityUrl: string;
    /** What the tenant and the organization know of it. */
    principal: ServicePrincipal;
  };
  /** A service principal that signs in with the identity tokens of a service connection, and has the same roles. */
  readonly federated: {
    tenantId: string;
    clientId: string;
    authorityUrl: string;
    /** The connection whose identity tokens are trusted from the start. */
    connectionId: string;
    connectionName: string;
    principal: ServicePrincipal;
  };
  /** Registers one more connection whose identity tokens the federated application trusts, and returns its id. */
  addFederatedConnection(name: string, options?: { project?: string; id?: string }): string;
}

/** The identities with which an emulator begins. Its URL must be known. */
export function createIdentities(state: State): Identities {
  const [application, , automation, federated] = state.applications as [
    Application,
    Application,
    Application,
    Application,
  ];
  const { tenantId, authorityUrl } = state;
  const principalOf = ({ clientId }: Application) =>
    state.servicePrincipals.find((principal) => principal.clientId === clientId) as ServicePrincipal;
  const addFederatedConnection: Identities['addFederatedConnection'] = (name, options = {}) => {
    const connection = state.addServiceConnection({ name, ...options });
    federated.federatedCredentials?.push(state.federatedCredentialOf(connection));
    return connection.id;
  };
  const connectionName = 'fabrikam-agents';
  return {
    issuer: {
      tenantId,
      clientId: application.clientId,
      clientSecret: application.clientSecret ?? '',
      refreshToken: state.issueRefreshToken().value,
      authorityUrl,
    },
    servicePrincipal: {
      tenantId,
      clientId: automation.clientId,
      clientSecret: automation.clientSecret ?? '',
      authorityUrl,
      principal: principalOf(automation),
    },
    federated: {
      tenantId,
      clientId: federated.clientId,
      authorityUrl,
      connectionId: addFederatedConnection(connectionName),
      connectionName,
      principal: principalOf(federated),
    },
    addFederatedConnection,
  };
}
