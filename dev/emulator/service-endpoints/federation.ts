import { createHash } from 'node:crypto';
import type { FederatedCredential } from '../directory/entities';
import type { State } from '../state';
import type { ServiceEndpoint } from './endpoint';

/** The beginning of the issuer of connections that do not federate. */
export const olderIssuer = 'https://vstoken.dev.azure.com/';
const audience = 'api://AzureADTokenExchange';

/** Who a connection that federates is to Entra, and the parameters in which it says so. */
export function federationOf({ scheme, id }: ServiceEndpoint, state: State) {
  if (scheme !== 'WorkloadIdentityFederation') return undefined;
  const issuer = `https://login.microsoftonline.com/${state.tenantId}/v2.0`;
  const subject = `/eid1/c/pub/t/${encoded(state.tenantId)}/a/${azurePipelines}/sc/${state.organizationId}/${id}`;
  const parameters = { workloadIdentityFederationIssuer: issuer, workloadIdentityFederationSubject: subject };
  return { credential: { issuer, subject, audience }, parameters };
}

/** What the identity tokens of a connection claim in a project; one that does not federate has the older issuer. */
export function credentialOf(endpoint: ServiceEndpoint, projectId: string, state: State): FederatedCredential {
  const federation = federationOf(endpoint, state);
  if (federation) return federation.credential;
  const project = state.projects.find(({ id }) => id === projectId);
  const name = endpoint.projects.find(({ id }) => id === projectId)?.name ?? endpoint.name;
  const subject = `sc://${state.organization}/${project?.name}/${name}`;
  return { issuer: `${olderIssuer}${state.organizationId}`, subject, audience };
}

/** Which application vouches for connections: a fixed one of the service's own. */
const azurePipelines = createHash('sha256').update('Azure Pipelines').digest('base64url').slice(0, 22);

/** The bytes of an id, in the order in which Windows keeps them. */
function encoded(id: string): string {
  const [a = '', b = '', c = '', ...rest] = id.split('-');
  const reversed = [a, b, c].map((part) => Buffer.from(part, 'hex').reverse().toString('hex'));
  return Buffer.from([...reversed, ...rest].join(''), 'hex').toString('base64url');
}
