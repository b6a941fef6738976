import type { Connection, Pipeline } from '../agent/pipeline';
import { type Organization, parseOrganization } from '../azure-devops/organization';
import { Problems, quotable, quoted } from '../errors';
import type { Secret } from '../secret';
import { isMacro, plainInput, refuse } from '../step/input-values';

/** Which user is to sign in, as the inputs name it. */
interface IssuerInputs {
  kind: 'issuer';
  connection: Connection;
}

interface AccessTokenInputs {
  kind: 'accessToken';
  accessToken: Secret;
  organization: Organization;
}

/** Which application is to sign in, as the inputs name it. */
interface AppInputs {
  kind: 'azureDevOps' | 'azureRM';
  connection: Connection;
  organization: Organization;
}

/** Who can sign in, and the input that names it. */
const credentials = {
  issuer: 'issuer',
  azureDevOps: 'azureDevOpsServiceConnection',
  azureRM: 'azureSubscription',
  accessToken: 'accessToken',
} as const;

export type ConnectionType = keyof typeof credentials;

/** Whose tokens are personal access tokens, which can be limited and revoked. */
export const userTypes: ConnectionType[] = ['issuer', 'accessToken'];
export const connectionTypes = Object.keys(credentials) as ConnectionType[];
const longestAccessToken = 16_384;

/** Reads who signs in. Notes `input-invalid`, and then returns undefined. */
export function readConnectionType(
  pipeline: Pipeline,
  problems: Problems,
  offered = connectionTypes,
): ConnectionType | undefined {
  const written = plainInput('connectionType', pipeline, problems) || 'issuer';
  const type = offered.find((known) => known === written);
  if (!type) problems.add('input-invalid', `connectionType ${quoted(written)} is none of ${offered.join(', ')}.`);
  return type;
}

/**
 * Reads which user signs in, and nothing that revoking does not need. Notes `input-invalid`, `connection-invalid` and
 * `organization-unsupported`.
 * @param offered the types that this step takes, for the message.
 * @returns undefined if it is not clear who is meant.
 */
export function readUserInputs(
  pipeline: Pipeline,
  problems: Problems,
  offered = userTypes,
): IssuerInputs | AccessTokenInputs | undefined {
  const type = readConnectionType(pipeline, problems, offered);
  if (type === 'issuer') {
    const connection = readConnection('issuer', pipeline, problems);
    return connection && { kind: 'issuer', connection };
  }
  if (type !== 'accessToken') return undefined;
  const accessToken = pipeline.secretInput('accessToken');
  checkAccessToken(accessToken, problems);
  const organization = readTargetOrganization(pipeline, problems);
  return accessToken && organization ? { kind: 'accessToken', accessToken, organization } : undefined;
}

/** How a lease remembers the connection that the inputs name: its id, or the kind of input; empty where they name none. */
export function namedConnection(pipeline: Pipeline): string {
  const type = readConnectionType(pipeline, new Problems());
  return type === 'issuer' ? plainInput('issuer', pipeline, new Problems()) : (type ?? '');
}

/**
 * Reads which application signs in, for which organization. Notes `input-invalid`, `connection-invalid` and
 * `organization-unsupported`.
 */
export function readAppInputs(kind: AppInputs['kind'], pipeline: Pipeline, problems: Problems): AppInputs | undefined {
  const connection = readConnection(kind, pipeline, problems);
  const organization = readTargetOrganization(pipeline, problems);
  return connection && organization ? { kind, connection, organization } : undefined;
}

function readConnection(type: ConnectionType, pipeline: Pipeline, problems: Problems): Connection | undefined {
  const name = credentials[type];
  const id = plainInput(name, pipeline, problems);
  if (id === '') {
    problems.add('input-invalid', `${name} must name a service connection.`);
    return undefined;
  }
  const connection = pipeline.connection(id);
  if (!connection) {
    problems.add(
      'connection-invalid',
      `This job was not given the service connection that ${name} names.`,
      `Check that it exists, is of the type that ${name} asks for, and that this pipeline may use it; nothing was sent.`,
    );
  }
  return connection;
}

/**
 * Refuses the credentials of the kinds that were not picked.
 * @returns the organization, where it is named beside a connection that has one of its own.
 */
export function refuseOtherCredentials(pipeline: Pipeline, problems: Problems): Organization | undefined {
  const picked = pipeline.input('connectionType').trim() || 'issuer';
  // Which others there are, nobody can tell.
  if (!connectionTypes.some((type) => type === picked)) return undefined;
  for (const type of connectionTypes.filter((other) => other !== picked)) {
    const name = credentials[type];
    const isSet = type === 'accessToken' ? pipeline.secretInput(name) : pipeline.input(name) !== '';
    if (isSet) refuse(name, `connectionType is ${quotable(picked, 40)}`, problems);
  }
  // Elsewhere it has been read, and its problems noted, with the credential.
  return picked === 'issuer' ? namedOrganization(pipeline, problems) : undefined;
}

function namedOrganization(pipeline: Pipeline, problems: Problems): Organization | undefined {
  const text = plainInput('organizationUrl', pipeline, problems);
  return text === '' ? undefined : organizationOf(text, problems);
}

/** The organization that is named, or else the one that runs this job. */
export function readTargetOrganization(pipeline: Pipeline, problems: Problems): Organization | undefined {
  if (pipeline.input('organizationUrl').trim() !== '') return namedOrganization(pipeline, problems);
  const variables = ['System.CollectionUri', 'System.TeamFoundationCollectionUri'];
  return organizationOf(variables.map((name) => pipeline.variable(name)).find((url) => url !== '') ?? '', problems);
}

function organizationOf(text: string, problems: Problems): Organization | undefined {
  return problems.collect(() => parseOrganization(text, 'input-invalid'));
}

function checkAccessToken(accessToken: Secret | undefined, problems: Problems): void {
  if (!accessToken) {
    problems.add('input-invalid', 'accessToken is empty.', 'Pass it as a secret variable; nothing was sent.');
  } else if (isMacro(accessToken.reveal())) {
    problems.add(
      'input-invalid',
      'accessToken names a variable that does not exist in this job.',
      'Check the name in $(…), and that the variable is set before this step; nothing was sent.',
    );
  } else if (!accessToken.isPrintableWord(20, longestAccessToken)) {
    problems.add('input-invalid', 'accessToken is not an Entra access token: those are one long word.');
  }
}
