import { invalid } from '../organization/actors';
import { jsonObject, malformedJson, notKnown } from '../requests/answers';
import type { State } from '../state';
import type { EndpointProject, EndpointType, InputDescriptor, ServiceEndpoint } from './endpoint';
import { fieldOf } from './endpoint';

/** What a body says of a connection. */
export type WrittenEndpoint = Pick<
  ServiceEndpoint,
  'name' | 'type' | 'url' | 'description' | 'owner' | 'scheme' | 'parameters' | 'data' | 'projects'
>;

/** Reads the body of a create or an update, whose values are not looked at yet. */
export function readEndpoint(body: Record<string, unknown>, state: State): WrittenEndpoint {
  if (body.authorization === undefined || body.authorization === null) {
    throw invalid('Service Connection Authorization cannot be null.');
  }
  const { scheme, parameters } = jsonObject(body.authorization);
  const name = requireText(body.name, 'name');
  return {
    name,
    type: requireText(body.type, 'type'),
    url: requireText(body.url, 'url'),
    description: optionalText(body.description),
    owner: optionalText(body.owner) || 'library',
    scheme: requireText(scheme, 'authorization.scheme'),
    parameters: readValues(parameters),
    data: readValues(body.data),
    projects: readProjects(body.serviceEndpointProjectReferences, state),
  };
}

/**
 * Refuses a connection whose type or scheme there is not, or whose fields are not as the type describes them. Once it
 * exists its confidential fields may be left out, and are then lost.
 */
export function requireComplete(
  written: Omit<WrittenEndpoint, 'projects'>,
  { state, exists }: { state: State; exists: boolean },
): void {
  const type = requireType(written.type, state);
  const scheme = type.authenticationSchemes.find((one) => one.scheme.toLowerCase() === written.scheme.toLowerCase());
  const federates = scheme?.scheme === 'WorkloadIdentityFederation' && type.extension !== undefined;
  const { federationOfExtensions } = state.collection.endpoints;
  if (!scheme || (federates && federationOfExtensions === 'refused')) {
    throw invalid(`The authorization scheme '${written.scheme}' is not supported by the endpoint type '${type.name}'.`);
  }
  const secrets = scheme.inputDescriptors.filter(({ isConfidential }) => isConfidential);
  if (
    federates &&
    federationOfExtensions === 'withoutSecrets' &&
    secrets.some(({ id }) => fieldOf(written.parameters, id))
  ) {
    throw invalid(`The authorization scheme '${written.scheme}' does not take confidential parameters.`);
  }
  for (const field of type.inputDescriptors) requireField(field, fieldOf(written.data, field.id));
  const due = scheme.inputDescriptors.filter((field) => !exists || !field.isConfidential);
  for (const field of due) requireField(field, fieldOf(written.parameters, field.id));
}

function requireType(name: string, state: State): EndpointType {
  const type = state.collection.endpointType(name);
  if (type) return type;
  throw invalid(`Unable to find service endpoint type '${name}'.`);
}

function requireField({ id, validation }: InputDescriptor, value: string | null | undefined): void {
  if (value === undefined || value === null || value === '') {
    if (validation?.isRequired) throw invalid(`The value of the field '${id}' is required.`);
    return;
  }
  const tooLong = validation?.maxLength !== undefined && value.length > validation.maxLength;
  const mismatch = validation?.pattern !== undefined && !new RegExp(validation.pattern).test(value);
  if (tooLong || mismatch) throw invalid(`The value of the field '${id}' is not valid.`);
}

/** The references to projects in a body, each with the name that the connection has there. */
export function readProjects(value: unknown, state: State): EndpointProject[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw invalid('Service endpoint project references cannot be null or empty.');
  }
  return value.map(jsonObject).map((reference) => {
    const { id } = jsonObject(reference.projectReference);
    const project = state.projects.find((candidate) => candidate.id === String(id).toLowerCase());
    if (!project) throw notKnown('where a connection refers to a project that is not there');
    if (typeof reference.name !== 'string' || reference.name.trim() === '') {
      throw invalid('The name of a service endpoint project reference cannot be null or empty.');
    }
    return { id: project.id, name: reference.name, description: optionalText(reference.description) };
  });
}

function readValues(value: unknown): Record<string, string | null> {
  if (value === undefined || value === null) return {};
  const entries = Object.entries(jsonObject(value));
  if (entries.some(([, one]) => one !== null && typeof one !== 'string')) throw malformedJson();
  return Object.fromEntries(entries) as Record<string, string | null>;
}

function requireText(value: unknown, name: string): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw invalid(`Value cannot be null. Parameter name: endpoint.${name}`);
}

function optionalText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
