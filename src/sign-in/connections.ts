import type { Connection } from '../agent/pipeline';
import { type Organization, parseJobOrganization, parseOrganization } from '../azure-devops/organization';
import { type ErrorCode, TaskError } from '../errors';
import { isLoopback } from '../loopback';
import type { InputReader } from '../step/input-reader';
import { urlOf } from '../url';

/** Who can sign in, and the input that names the service connection or the token. */
const inputs = {
  issuer: 'issuer',
  azureDevOps: 'azureDevOpsServiceConnection',
  azureRM: 'azureSubscription',
  accessToken: 'accessToken',
} as const;

export type ConnectionType = keyof typeof inputs;

/** Whose tokens are personal access tokens, which can be limited and revoked. */
export const userTypes = ['issuer', 'accessToken'] as const satisfies ConnectionType[];
/** Whose tokens are Entra access tokens, which cannot. */
export const appTypes = ['azureDevOps', 'azureRM'] as const satisfies ConnectionType[];
export type AppType = (typeof appTypes)[number];

const connectionTypes = Object.keys(inputs) as ConnectionType[];

/** Reads who signs in. Notes `input-invalid` for a type that this step does not offer. */
export function readConnectionType(
  reader: InputReader,
  offered: readonly ConnectionType[] = connectionTypes,
): ConnectionType | undefined {
  return reader.oneOf('connectionType', offered, 'issuer');
}

/** Whether inputs name an application, whose token ends by itself. Notes nothing. */
export function namesApp(reader: InputReader): boolean {
  return appTypes.some((type) => type === reader.written('connectionType'));
}

/** Whether inputs name an issuer connection. Notes nothing. */
function namesIssuer(reader: InputReader): boolean {
  return ['', 'issuer'].includes(reader.written('connectionType'));
}

/** What a lease remembers a connection by: its id, or the kind of input; empty where none is named. Notes nothing. */
export function namedConnection(reader: InputReader): string {
  return reader.written(namesIssuer(reader) ? inputs.issuer : 'connectionType');
}

/** The issuer connection that is named, as far as this job was given it. Notes nothing. */
export function namedIssuer(reader: InputReader): Connection | undefined {
  return namesIssuer(reader) ? reader.connection(reader.written(inputs.issuer)) : undefined;
}

/** A plain field: a data parameter, or an authorization parameter, as which a scheme's own fields arrive. */
export function fieldOf(connection: Connection, name: string): string {
  return connection.data(name) || connection.parameter(name);
}

/** Notes `connection-invalid` for what is wrong with a field of a service connection. */
export function refuseField(reader: InputReader, name: string, wrong: string): undefined {
  return reader.problem('connection-invalid', `${name} in the service connection ${wrong}.`);
}

/** Reads the service connection of a type. Notes `input-invalid` or `connection-invalid`. */
export function readConnection(reader: InputReader, type: ConnectionType): Connection | undefined {
  const name = inputs[type];
  if (reader.written(name) === '') return reader.problem('input-invalid', `${name} must name a service connection.`);
  const id = reader.text(name);
  if (id === '') return undefined;
  const connection = reader.connection(id);
  if (connection) return connection;
  return reader.problem(
    'connection-invalid',
    `This job was not given the service connection that ${name} names.`,
    `Check that it exists, is of the type that ${name} asks for, and that this pipeline may use it; nothing was sent.`,
  );
}

/**
 * Reads organizationUrl, or else takes the organization that runs this job. Notes `organization-unsupported` or
 * `input-invalid`.
 */
export function readOrganization(reader: InputReader): Organization | undefined {
  if (reader.written('organizationUrl') !== '') return readNamedOrganization(reader);
  const stated = reader.variable('System.CollectionUri') || reader.variable('System.TeamFoundationCollectionUri');
  return reader.attempt(() => parseJobOrganization(jobUrl(reader) || stated, 'input-invalid'));
}

/** Reads organizationUrl; undefined where it is not set. Notes `organization-unsupported` or `input-invalid`. */
export function readNamedOrganization(reader: InputReader): Organization | undefined {
  const url = reader.text('organizationUrl');
  return url === '' ? undefined : readOrganizationAt(reader, url, 'input-invalid');
}

/**
 * Reads the URL of an organization. One on this machine is accepted only where this job runs in such a one: an earlier
 * step can write another URL into a service connection. Notes `organization-unsupported` or the given code.
 */
export function readOrganizationAt(reader: InputReader, url: string, invalid: ErrorCode): Organization | undefined {
  return reader.attempt(() => {
    const organization = parseOrganization(url, invalid);
    if (!organization.loopback || runsOnLoopback(reader)) return organization;
    throw new TaskError(
      'organization-unsupported',
      'An organization on this machine is accepted only where this job runs in one.',
    );
  });
}

/** Whether the organization of this job is on this machine, by the agent's own connection, which no step can change. */
function runsOnLoopback(reader: InputReader): boolean {
  const url = urlOf(jobUrl(reader));
  return url !== undefined && isLoopback(url);
}

function jobUrl(reader: InputReader): string {
  return reader.connection('SYSTEMVSSCONNECTION')?.url ?? '';
}
