import { readFileSync } from 'node:fs';
import type { Connection } from '../options';
import { JobRefused } from '../refusal';

/** A file that describes a real organization to `npm run job`. */
export interface ConnectionsFile {
  organizationUrl?: string;
  /** The job's own token, where the stand-in for the organization knows one. */
  jobAccessToken?: string;
  connections: Connection[];
  variables: Record<string, string>;
  secretVariables: Record<string, string>;
}

type Fields = Record<string, unknown>;

/** Reads and checks such a file field by field. Messages name fields, never their values. */
export function readConnectionsFile(file: string): ConnectionsFile {
  const root = readObject(file);
  const known = ['organizationUrl', 'jobAccessToken', 'connections', 'variables', 'secretVariables'];
  refuseUnknown(root, known, file);
  const connections = root.connections ?? [];
  if (!Array.isArray(connections)) {
    throw new JobRefused(`${file}: 'connections' must be a list.`);
  }
  return {
    ...(root.organizationUrl === undefined
      ? {}
      : { organizationUrl: urlOf(root.organizationUrl, `${file}: organizationUrl`) }),
    ...(root.jobAccessToken === undefined
      ? {}
      : { jobAccessToken: textOf(root.jobAccessToken, `${file}: jobAccessToken`) }),
    connections: connections.map((connection, index) => connectionOf(connection, `${file}: connections[${index}]`)),
    variables: textsOf(root.variables ?? {}, `${file}: variables`),
    secretVariables: textsOf(root.secretVariables ?? {}, `${file}: secretVariables`),
  };
}

function readObject(file: string): Fields {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new JobRefused(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
  try {
    return fieldsOf(JSON.parse(text), file);
  } catch (error) {
    // What JSON.parse says quotes the text, and so perhaps a secret.
    throw error instanceof JobRefused ? error : new JobRefused(`${file} is not valid JSON.`);
  }
}

function connectionOf(value: unknown, path: string): Connection {
  const fields = fieldsOf(value, path);
  refuseUnknown(fields, ['name', 'id', 'type', 'url', 'data', 'authorization'], path);
  return {
    name: textOf(fields.name, `${path}.name`),
    ...(fields.id === undefined ? {} : { id: textOf(fields.id, `${path}.id`) }),
    type: textOf(fields.type, `${path}.type`),
    url: urlOf(fields.url, `${path}.url`),
    data: textsOf(fields.data ?? {}, `${path}.data`),
    ...(fields.authorization === undefined
      ? {}
      : { authorization: authorizationOf(fields.authorization, `${path}.authorization`) }),
  };
}

function authorizationOf(value: unknown, path: string): NonNullable<Connection['authorization']> {
  const fields = fieldsOf(value, path);
  refuseUnknown(fields, ['scheme', 'parameters'], path);
  return {
    scheme: textOf(fields.scheme, `${path}.scheme`),
    parameters: textsOf(fields.parameters ?? {}, `${path}.parameters`),
  };
}

function fieldsOf(value: unknown, path: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new JobRefused(`${path} must be an object.`);
  }
  return value as Fields;
}

function refuseUnknown(fields: Fields, known: readonly string[], path: string): void {
  const unknown = Object.keys(fields).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new JobRefused(`${path}: the field '${unknown}' is not known; expected are ${known.join(', ')}.`);
  }
}

function textOf(value: unknown, path: string): string {
  if (typeof value !== 'string' || value === '') {
    throw new JobRefused(`${path} must be a text that is not empty.`);
  }
  return value;
}

function urlOf(value: unknown, path: string): string {
  const url = textOf(value, path);
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    throw new JobRefused(`${path} must be an http or https URL.`);
  }
  return url;
}

function textsOf(value: unknown, path: string): Record<string, string> {
  const fields = fieldsOf(value, path);
  for (const [name, text] of Object.entries(fields)) {
    if (typeof text !== 'string') {
      throw new JobRefused(`${path}.${name} must be a text.`);
    }
  }
  return fields as Record<string, string>;
}
