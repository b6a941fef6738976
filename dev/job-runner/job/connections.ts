import { randomUUID } from 'node:crypto';
import type { Connection } from '../options';
import { JobRefused } from '../refusal';
import type { SecretMasker } from './masking';

/** A service connection with everything that a task is given of it. */
export interface Endpoint {
  /** A GUID in lower case, or SYSTEMVSSCONNECTION. */
  key: string;
  name: string;
  type: string;
  url: string;
  data: Record<string, string>;
  scheme: string;
  parameters: Record<string, string>;
}

const systemKey = 'SYSTEMVSSCONNECTION';

/** Authorization parameters that the agent does not take for secrets. */
const publicParameters = new Set([
  'role',
  'scope',
  'tenantid',
  'issuedat',
  'expiresat',
  'audience',
  'authenticationtype',
  'authorizationtype',
  'accesstokentype',
]);

/** Checks the connections that exist and gives an id to those that have none. */
export function readConnections(connections: readonly Connection[]): Endpoint[] {
  const endpoints = connections.map((connection): Endpoint => {
    if (connection.id !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(connection.id)) {
      throw new JobRefused(`The id of service connection '${connection.name}' is not a GUID.`);
    }
    return {
      key: (connection.id ?? randomUUID()).toLowerCase(),
      name: connection.name,
      type: connection.type,
      url: normalUrl(connection.url, `service connection '${connection.name}'`),
      data: { ...connection.data },
      scheme: connection.authorization?.scheme ?? 'None',
      parameters: { ...connection.authorization?.parameters },
    };
  });
  const names = endpoints.map((endpoint) => endpoint.name.toLowerCase());
  const twice = endpoints.find((endpoint, index) => names.indexOf(endpoint.name.toLowerCase()) !== index);
  if (twice !== undefined) {
    throw new JobRefused(`There are two service connections named '${twice.name}'.`);
  }
  return endpoints;
}

/** The job's own connection to its organization. */
export function systemConnection(organizationUrl: string, accessToken: string): Endpoint {
  return {
    key: systemKey,
    name: 'SystemVssConnection',
    type: '',
    url: organizationUrl,
    data: {},
    scheme: 'OAuth',
    parameters: { AccessToken: accessToken },
  };
}

/** A URL in the form in which the agent hands it on. */
export function normalUrl(url: string, owner: string): string {
  if (!URL.canParse(url)) {
    throw new JobRefused(`The URL of ${owner} is not valid.`);
  }
  return new URL(url).href;
}

/** How an input refers to a connection, and where it stands. */
export interface ConnectionReference {
  /** A name or an id. */
  reference: string;
  inputType: string;
  job: string;
  step: string;
  input: string;
}

/** What an input of type `connectedService:<type>[:<schemes>]` asks for. */
export function findConnection(
  endpoints: readonly Endpoint[],
  { reference, inputType, ...where }: ConnectionReference,
): Endpoint {
  const [, type = '', schemes] = inputType.split(':');
  const place = `The pipeline is not valid. Job ${where.job}: Step ${where.step} input ${where.input}`;
  const wanted = reference.toLowerCase();
  const endpoint = endpoints.find(({ key, name }) => key === wanted || name.toLowerCase() === wanted);
  if (endpoint === undefined) {
    throw new JobRefused(
      `${place} references service connection ${reference} which could not be found. The service connection does ` +
        'not exist, has been disabled or has not been authorized for use.',
    );
  }
  if (endpoint.type.toLowerCase() !== type.toLowerCase()) {
    throw new JobRefused(
      `${place} expects a service connection of type ${type} but the provided service connection ` +
        `${endpoint.name} is of type ${endpoint.type}.`,
    );
  }
  const accepted = schemes?.toLowerCase().split(',');
  if (accepted !== undefined && !accepted.includes(endpoint.scheme.toLowerCase())) {
    throw new JobRefused(
      `${place} expects a service connection of type ${type} with authentication scheme ${schemes} but the ` +
        `provided service connection ${endpoint.name} is using the authentication scheme ${endpoint.scheme}.`,
    );
  }
  return endpoint;
}

/** Registers what is secret about a connection. */
export function maskConnection(endpoint: Endpoint, masker: SecretMasker): void {
  for (const [name, value] of Object.entries(endpoint.parameters)) {
    if (value !== '' && !publicParameters.has(name.toLowerCase())) {
      masker.add(value);
    }
  }
}
