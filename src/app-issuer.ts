import { type Problems, quoted } from './errors';
import { type Organization, parseAuthority } from './hosts';
import type { Connection, Pipeline } from './pipeline';
import type { Secret } from './secret';

/** What a step names to sign in as an application: an Azure DevOps or an Azure Resource Manager connection. */
export interface AppCredential {
  kind: 'azureDevOps' | 'azureRM';
  connectionId: string;
  organization: Organization;
}

/** Which application signs in, and with what: an identity token of the service connection, or a secret. */
export type AppIssuer = FederatedIssuer | ClientSecretIssuer;

interface AppBase {
  organization: Organization;
  /** Origin of the Entra authority. */
  authority: string;
  tenantId: string;
  clientId: string;
}

interface FederatedIssuer extends AppBase {
  kind: 'federated';
  connectionId: string;
}

interface ClientSecretIssuer extends AppBase {
  kind: 'clientSecret';
  clientSecret: Secret;
}

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const longestCredential = 16_384;

/**
 * Reads which application signs in. Every problem is noted: `connection-invalid` or `host-untrusted`.
 * https://learn.microsoft.com/azure/devops/pipelines/library/service-endpoints
 * @returns undefined if there was any.
 */
export function readAppIssuer(
  { kind, connectionId, organization }: AppCredential,
  pipeline: Pipeline,
  problems: Problems,
): AppIssuer | undefined {
  const connection = pipeline.connection(connectionId);
  if (!connection) {
    problems.add(
      'connection-invalid',
      'This job was not given the service connection that the step names.',
      'Check that it exists and that this pipeline may use it; nothing was sent.',
    );
    return undefined;
  }
  const written = connection.data('environmentAuthorityUrl');
  const authority = problems.collect(() => parseAuthority(written, organization.loopback, 'connection-invalid'));
  const tenantId = connection.parameter('tenantId');
  const clientId = connection.parameter('servicePrincipalId');
  if (!guid.test(tenantId)) problems.add('connection-invalid', 'The service connection names no Entra tenant.');
  if (!guid.test(clientId)) problems.add('connection-invalid', 'The service connection names no application.');
  const proof = readProof(kind, connectionId, connection, problems);
  return authority && proof ? { organization, authority, tenantId, clientId, ...proof } : undefined;
}

/** What proves to Entra that the application is meant to sign in. */
type Proof = Pick<FederatedIssuer, 'kind' | 'connectionId'> | Pick<ClientSecretIssuer, 'kind' | 'clientSecret'>;

function readProof(
  kind: AppCredential['kind'],
  connectionId: string,
  connection: Connection,
  problems: Problems,
): Proof | undefined {
  const scheme = connection.scheme.toLowerCase();
  if (scheme === 'workloadidentityfederation') return { kind: 'federated', connectionId };
  if (kind === 'azureRM' && scheme === 'serviceprincipal') {
    const type = connection.parameter('authenticationType') || 'spnKey';
    const clientSecret = connection.secret('servicePrincipalKey');
    if (type.toLowerCase() === 'spnkey' && clientSecret?.isPrintableWord(1, longestCredential)) {
      return { kind: 'clientSecret', clientSecret };
    }
    const wrong = type.toLowerCase() === 'spnkey' ? 'has no usable key' : `signs in by ${quoted(type)}`;
    problems.add('connection-invalid', `The service connection ${wrong}, which this task does not support.`, supported);
    return undefined;
  }
  const named = quoted(connection.scheme || 'no scheme');
  problems.add(
    'connection-invalid',
    `The service connection signs in by ${named}, which this task does not support.`,
    supported,
  );
  return undefined;
}

const supported =
  'Use workload identity federation, or an Azure Resource Manager connection with a key; nothing was sent.';
