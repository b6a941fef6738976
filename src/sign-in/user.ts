import type { Connection } from '../agent/pipeline';
import { parseAuthority } from '../azure-devops/authority';
import { isSameOrganization } from '../azure-devops/organization';
import { quoted } from '../errors';
import { isGuid } from '../guid';
import type { Secret } from '../secret';
import type { InputReader } from '../step/input-reader';
import { timeOf } from '../time';
import { type AccessTokenCredential, readAccessToken } from './access-token';
import type { AppCredential } from './app';
import { type ClientProof, maxCredentialLength, readClientProof } from './client-proof';
import {
  fieldOf,
  readConnection,
  readConnectionType,
  readNamedOrganization,
  readOrganizationAt,
  refuseField,
  userTypes,
} from './connections';

/** Which user signs in, for which organization, and with what. */
export type UserCredential = RefreshTokenCredential | AgentUserCredential | AccessTokenCredential;

/** What every issuer connection states: its application is an app registration, or the blueprint of an agent user. */
interface IssuerCredential extends AppCredential {
  /** What a lease remembers this credential by: the id of the service connection. */
  connection: string;
  /** What of the connection is ignored: one sentence each, for a warning. */
  ignored: string[];
}

/** A user whose refresh token the connection stores. */
export type RefreshTokenCredential = IssuerCredential & StoredUser;
/** An Entra agent user, with nothing stored. */
export type AgentUserCredential = IssuerCredential & AgentUser;

interface StoredUser {
  kind: 'refreshToken';
  refreshToken: Secret;
  /** When the refresh token was stored: milliseconds since 1970, UTC; undefined where that is not known. */
  storedOn?: number;
}

interface AgentUser {
  kind: 'agentUser';
  /** The application id of the agent identity. */
  agentIdentityId: string;
  /** The object id of the agent user. */
  agentUserId: string;
}

const domain = /^(?=.{4,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/i;

/**
 * Reads which user signs in, and nothing that revoking does not need. Notes `input-invalid`, `connection-invalid`,
 * `organization-unsupported` or `host-untrusted`.
 */
export function readUserCredential(reader: InputReader): UserCredential | undefined {
  const type = readConnectionType(reader, userTypes);
  if (type === 'accessToken') return readAccessToken(reader);
  const connection = type === 'issuer' ? readConnection(reader, type) : undefined;
  return connection && readIssuer(reader, connection);
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

/** Reads an issuer connection. Notes `connection-invalid`, `organization-unsupported` or `host-untrusted`. */
export function readIssuer(
  reader: InputReader,
  connection: Connection,
): RefreshTokenCredential | AgentUserCredential | undefined {
  const organization = readOrganizationAt(reader, connection.url, 'connection-invalid');
  const authority = reader.attempt(() =>
    parseAuthority(fieldOf(connection, 'authorityUrl'), organization?.loopback ?? false, 'connection-invalid'),
  );
  const proof = readClientProof(reader, connection);
  const app = readApp(reader, connection);
  const user = readUser(reader, connection, proof);
  if (!organization || !authority || !proof || !app || !user) return undefined;
  const ignored: string[] = [];
  if (proof.kind === 'federated' && connection.secret('clientSecret')) {
    ignored.push('The client secret in the service connection is ignored: an identity token takes its place.');
  }
  if (user.kind === 'agentUser' && connection.secret('refreshToken')) {
    ignored.push('The refresh token in the service connection is ignored: the agent user takes its place.');
  }
  return { ...user, connection: connection.id, organization, authority, ...app, proof, ignored };
}

/** The tenant and the app registration. */
function readApp(reader: InputReader, connection: Connection) {
  const tenantId = fieldOf(connection, 'tenantId');
  // A connection of the federation scheme has its application under the name that Azure Resource Manager gave it.
  const clientId = fieldOf(connection, 'clientId') || connection.parameter('servicePrincipalId');
  const isTenant = isGuid(tenantId) || domain.test(tenantId);
  if (!isTenant) refuseField(reader, 'tenantId', 'must be the id or a domain of one tenant');
  if (!isGuid(clientId)) refuseField(reader, 'clientId', 'must be the id of an app registration');
  return isTenant && isGuid(clientId) ? { tenantId, clientId } : undefined;
}

type User = StoredUser | AgentUser;

function readUser(reader: InputReader, connection: Connection, proof: ClientProof | undefined): User | undefined {
  const agentIdentityId = fieldOf(connection, 'agentIdentityId');
  const agentUserId = fieldOf(connection, 'agentUserId');
  if (agentIdentityId === '' && agentUserId === '') return readRefreshToken(reader, connection);
  if (!isGuid(agentIdentityId) || !isGuid(agentUserId)) {
    return refuseField(reader, 'agentIdentityId and agentUserId', 'must both be ids, or both be empty');
  }
  // Not by the identity token of an ordinary connection either: its issuer ends on 2027-07-01.
  if (proof && (proof.kind !== 'federated' || proof.issuerEnds)) {
    const what =
      'agentIdentityId and agentUserId have no place in this service connection: an agent user signs in by the authentication scheme of workload identity federation alone.';
    return reader.problem('connection-invalid', what);
  }
  return { kind: 'agentUser', agentIdentityId, agentUserId };
}

function readRefreshToken(reader: InputReader, connection: Connection): StoredUser | undefined {
  const refreshToken = connection.secret('refreshToken');
  if (!refreshToken?.isPrintableWord(20, maxCredentialLength)) {
    const wrong = refreshToken ? 'is not a refresh token: those are one long word' : 'is empty';
    return refuseField(reader, 'refreshToken', wrong);
  }
  const storedOn = timeOf(fieldOf(connection, 'refreshTokenStoredOn'));
  return { kind: 'refreshToken', refreshToken, ...(storedOn !== undefined && { storedOn }) };
}
