import type { Connection } from '../agent/pipeline';
import { type Organization, parseAuthority } from '../azure-devops/organization';
import { type Problems, quoted } from '../errors';
import { isGuid } from '../guid';
import type { Secret } from '../secret';

/** What a step names to sign in as an application: an Azure DevOps or an Azure Resource Manager connection. */
export interface AppCredential {
  kind: 'azureDevOps' | 'azureRM';
  connection: Connection;
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

const longestCredential = 16_384;

/**
 * Reads which application signs in. Every problem is noted: `connection-invalid` or `host-untrusted`.
 * https://learn.microsoft.com/azure/devops/pipelines/library/service-endpoints
 * @returns undefined if there was any.
 */
export function readAppIssuer(
  { kind, connection, organization }: AppCredential,
  problems: Problems,
): AppIssuer | undefined {
  const written = connection.data('environmentAuthorityUrl');
  const authority = problems.collect(() => parseAuthority(written, organization.loopback, 'connection-invalid'));
  const tenantId = connection.parameter('tenantId');
  const clientId = connection.parameter('servicePrincipalId');
  if (!isGuid(tenantId)) problems.add('connection-invalid', 'The service connection names no Entra tenant.');
  if (!isGuid(clientId)) problems.add('connection-invalid', 'The service connection names no application.');
  const proof = readProof(kind, connection, problems);
  return authority && proof ? { organization, authority, tenantId, clientId, ...proof } : undefined;
}

/** What proves to Entra that the application is meant to sign in. */
type Proof = Pick<FederatedIssuer, 'kind' | 'connectionId'> | Pick<ClientSecretIssuer, 'kind' | 'clientSecret'>;

function readProof(kind: AppCredential['kind'], connection: Connection, problems: Problems): Proof | undefined {
  const scheme = connection.scheme.toLowerCase();
  if (scheme === 'workloadidentityfederation') return { kind: 'federated', connectionId: connection.id };
  if (kind === 'azureRM' && scheme === 'serviceprincipal') {
    const type = connection.parameter('authenticationType') || 'spnKey';
    const clientSecret = connection.secret('servicePrincipalKey');
    if (type.toLowerCase() === 'spnkey' && clientSecret?.isPrintableWord(1, longestCredential)) {
      return { kind: 'clientSecret', clientSecret };
    }
    const wrong =
      type.toLowerCase() === 'spnkey'
        ? 'has no usable key'
        : `signs in by ${quoted(type)}, which this task does not support`;
    problems.add('connection-invalid', `The service connection ${wrong}.`, supported);
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
