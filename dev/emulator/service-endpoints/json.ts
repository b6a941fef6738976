import { identityRef } from '../organization/actors';
import type { State } from '../state';
import type { EndpointType, ServiceEndpoint } from './endpoint';

/** Whether a type describes a parameter as confidential under a scheme; of a type that is gone, nothing is known. */
export function isConfidential(type: EndpointType | undefined, scheme: string, key: string): boolean {
  const described =
    type?.authenticationSchemes.find((candidate) => candidate.scheme === scheme)?.inputDescriptors ?? [];
  return described.some((field) => field.isConfidential && field.id.toLowerCase() === key.toLowerCase());
}

/** A connection as the service shows it: with `null` for what is confidential. */
export function endpointJson(endpoint: ServiceEndpoint, state: State) {
  const { id, name, type, url, description, owner, scheme, data } = endpoint;
  const { isShared, isReady, isDisabled, projects, createdAt, modifiedAt } = endpoint;
  const described = state.collection.endpointType(type);
  const shown = Object.entries(endpoint.parameters).map(([key, value]) => [
    key,
    isConfidential(described, scheme, key) ? null : value,
  ]);
  const createdBy = identityRef(endpoint.createdBy, state);
  return {
    data,
    id,
    name,
    type,
    url,
    createdBy,
    description,
    authorization: { parameters: Object.fromEntries(shown), scheme },
    isShared,
    isReady,
    isDisabled,
    owner,
    creationDate: new Date(createdAt).toISOString(),
    modificationDate: new Date(modifiedAt).toISOString(),
    serviceEndpointProjectReferences: projects.map((project) => ({
      projectReference: { id: project.id, name: projectName(project.id, state) },
      name: project.name,
      description: project.description,
    })),
  };
}

function projectName(id: string, state: State): string {
  return state.projects.find((project) => project.id === id)?.name ?? '';
}
