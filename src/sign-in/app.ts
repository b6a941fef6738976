import type { Connection } from '../agent/pipeline';
import { parseAuthority } from '../azure-devops/authority';
import type { Organization } from '../azure-devops/organization';
import { quoted } from '../errors';
import { isGuid } from '../guid';
import { Secret } from '../secret';
import type { InputReader } from '../step/input-reader';
import { type ClientProof, maxCredentialLength } from './client-proof';
import { type AppType, readConnection, readOrganization } from './connections';

/** Which application signs in, for which organization, and with what. */
export interface AppCredential {
  organization: Organization;
  /** Origin of the Entra authority. */
  authority: string;
  tenantId: string;
  clientId: string;
  proof: ClientProof;
}

const supported =
  'Use workload identity federation, or an Azure Resource Manager connection with a key; nothing was sent.';

/**
 * Reads which application signs in, for which organization. Notes `input-invalid`, `connection-invalid`,
 * `organization-unsupported` or `host-untrusted`.
 * https://learn.microsoft.com/azure/devops/pipelines/library/service-endpoints
 */
export function readAppCredential(reader: InputReader, type: AppType): AppCredential | undefined {
  const connection = readConnection(reader, type);
  const organization = readOrganization(reader);
  if (!connection || !organization) return undefined;
  const written = connection.data('environmentAuthorityUrl');
  const authority = reader.attempt(() => parseAuthority(written, organization.loopback, 'connection-invalid'));
  const tenantId = connection.parameter('tenantId');
  const clientId = connection.parameter('servicePrincipalId');
  if (!isGuid(tenantId)) reader.problem('connection-invalid', 'The service connection names no Entra tenant.');
  if (!isGuid(clientId)) reader.problem('connection-invalid', 'The service connection names no application.');
  const proof = readProof(reader, type, connection);
  return authority && proof ? { organization, authority, tenantId, clientId, proof } : undefined;
}

/** What proves to Entra that the application signs in: never nothing, which a public client may have. */
function readProof(reader: InputReader, type: AppType, connection: Connection): ClientProof | undefined {
  const scheme = connection.scheme.toLowerCase();
  if (scheme === 'workloadidentityfederation')
    return { kind: 'federated', connection: connection.id, issuerEnds: false };
  if (type === 'azureRM' && scheme === 'serviceprincipal') return readKey(reader, connection);
  const named = quoted(connection.scheme || 'no scheme');
  const what = `The service connection signs in by ${named}, which this task does not support.`;
  return reader.problem('connection-invalid', what, supported);
}

function readKey(reader: InputReader, connection: Connection): ClientProof | undefined {
  const type = connection.parameter('authenticationType') || 'spnKey';
  const clientSecret = connection.secret('servicePrincipalKey');
  const isKey = type.toLowerCase() === 'spnkey';
  if (isKey && clientSecret?.isPrintableWord(Secret.minLength, maxCredentialLength))
    return { kind: 'clientSecret', clientSecret };
  const wrong = isKey ? 'has no usable key' : `signs in by ${quoted(type)}, which this task does not support`;
  return reader.problem('connection-invalid', `The service connection ${wrong}.`, supported);
}
