import type { Connection } from '../agent/pipeline';
import { isSameOrganization, type Organization, parseAuthority, parseOrganization } from '../azure-devops/organization';
import { quoted } from '../errors';
import { isGuid } from '../guid';
import { Secret } from '../secret';
import { holdsExpression, type InputReader } from '../step/input-reader';
import {
  type ConnectionType,
  readConnection,
  readConnectionType,
  readNamedOrganization,
  readOrganization,
  userTypes,
} from './connections';

/** Which user signs in, for which organization, and with what. */
export type UserCredential = RefreshTokenCredential | AccessTokenCredential;

export interface RefreshTokenCredential {
  kind: 'refreshToken';
  /** What a lease remembers this credential by: the id of the service connection. */
  connection: string;
  organization: Organization;
  /** Origin of the Entra authority. */
  authority: string;
  tenantId: string;
  clientId: string;
  /** Absent for a public client. */
  clientSecret?: Secret;
  refreshToken: Secret;
}

interface AccessTokenCredential {
  kind: 'accessToken';
  connection: 'accessToken';
  organization: Organization;
  accessToken: Secret;
}

const domain = /^(?=.{4,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/i;
const maxCredentialLength = 16_384;

/**
 * Reads which user signs in, and nothing that revoking does not need. Notes `input-invalid`, `connection-invalid`,
 * `organization-unsupported` or `host-untrusted`.
 * @param offered the types that this step takes, for the message.
 */
export function readUserCredential(
  reader: InputReader,
  offered: readonly ConnectionType[] = userTypes,
): UserCredential | undefined {
  const type = readConnectionType(reader, offered);
  if (type === 'accessToken') return readAccessToken(reader);
  const connection = type === 'issuer' ? readConnection(reader, type) : undefined;
  return connection && readRefreshToken(reader, connection);
}

/** Notes `input-invalid` where organizationUrl names another organization than the service connection has. */
export function refuseOtherOrganization(reader: InputReader, credential: UserCredential | undefined): void {
  if (credential?.kind === 'accessToken') return;
  const named = readNamedOrganization(reader);
  if (!named || !credential || isSameOrganization(named, credential.organization)) return;
  const [asked, own] = [quoted(named.name), quoted(credential.organization.name)];
  reader.problem(
    'input-invalid',
    `organizationUrl names ${asked}, but the service connection belongs to ${own} alone.`,
    'Leave organizationUrl empty, or use a connection of that organization; nothing was sent.',
  );
}

function readRefreshToken(reader: InputReader, connection: Connection): RefreshTokenCredential | undefined {
  const organization = reader.attempt(() => parseOrganization(connection.url, 'connection-invalid'));
  const authority = reader.attempt(() =>
    parseAuthority(connection.data('authorityUrl'), organization?.loopback ?? false, 'connection-invalid'),
  );
  const app = readApp(reader, connection);
  const refreshToken = connection.secret('refreshToken');
  if (!refreshToken?.isPrintableWord(20, maxCredentialLength)) {
    const wrong = refreshToken ? 'is not a refresh token: those are one long word' : 'is empty';
    reader.problem('connection-invalid', `refreshToken in the service connection ${wrong}.`);
    return undefined;
  }
  if (!organization || !authority || !app) return undefined;
  return { kind: 'refreshToken', connection: connection.id, organization, authority, ...app, refreshToken };
}

/** The tenant, the app registration and what proves that the app is meant. */
function readApp(
  reader: InputReader,
  connection: Connection,
): Pick<RefreshTokenCredential, 'tenantId' | 'clientId' | 'clientSecret'> | undefined {
  const wrong = (what: string) => {
    reader.problem('connection-invalid', what);
    return true;
  };
  const tenantId = connection.data('tenantId');
  const clientId = connection.data('clientId');
  const clientSecret = connection.secret('clientSecret');
  const problems = [
    !isGuid(tenantId) &&
      !domain.test(tenantId) &&
      wrong('tenantId in the service connection must be the id or a domain of one tenant.'),
    !isGuid(clientId) && wrong('clientId in the service connection must be the id of an app registration.'),
    clientSecret &&
      !clientSecret.isPrintableWord(Secret.minLength, maxCredentialLength) &&
      wrong(
        'clientSecret in the service connection has fewer than 8 characters, or contains spaces, line breaks or a percent sign.',
      ),
  ];
  return problems.some(Boolean) ? undefined : { tenantId, clientId, ...(clientSecret && { clientSecret }) };
}

function readAccessToken(reader: InputReader): AccessTokenCredential | undefined {
  const accessToken = reader.secret('accessToken');
  if (!accessToken) {
    reader.problem('input-invalid', 'accessToken is empty.', 'Pass it as a secret variable; nothing was sent.');
  } else if (holdsExpression(accessToken.reveal())) {
    reader.problem(
      'input-invalid',
      'accessToken names a variable that does not exist in this job.',
      'Check the name in $(…), and that the variable is set before this step; nothing was sent.',
    );
  } else if (!accessToken.isPrintableWord(20, maxCredentialLength)) {
    reader.problem('input-invalid', 'accessToken is not an Entra access token: those are one long word.');
  }
  const organization = readOrganization(reader);
  return accessToken && organization && { kind: 'accessToken', connection: 'accessToken', organization, accessToken };
}
