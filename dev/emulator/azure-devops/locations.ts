import type { Caller } from '../model';
import { identityIdOf } from '../organization/collection';
import { collectionAreas, collectionResources } from '../organization/resources';
import type { Answer } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { nameOf } from './access';
import { requireCaller } from './sign-in-answers';

const zero = '00000000-0000-0000-0000-000000000000';

/** The resources that clients look up before they call them. */
const resources = [
  {
    id: 'a8c47e17-4d56-4a56-92bb-de7ea7dc65be',
    area: 'distributedtask',
    resourceName: 'pools',
    routeTemplate: '_apis/{area}/{resource}/{poolId}',
    released: '7.1',
  },
  {
    id: 'e298ef32-5878-4cab-993c-043836571f42',
    area: 'distributedtask',
    resourceName: 'agents',
    routeTemplate: '_apis/{area}/pools/{poolId}/{resource}/{agentId}',
    released: '7.1',
  },
  {
    id: '083c4d89-ab35-45af-aa11-7cf66895c53e',
    area: 'distributedtask',
    resourceName: 'deploymentgroups',
    routeTemplate: '{project}/_apis/{area}/{resource}/{deploymentGroupId}',
    released: '7.1',
  },
  {
    id: '2f0aa599-c121-4256-a5fd-ba370e0ae7b6',
    area: 'distributedtask',
    resourceName: 'targets',
    routeTemplate: '{project}/_apis/{area}/deploymentgroups/{deploymentGroupId}/{resource}/{targetId}',
    released: '7.1',
  },
  {
    id: '30ba3ada-fedf-4da8-bbb5-dacf2f82e176',
    area: 'distributedtask',
    resourceName: 'usercapabilities',
    routeTemplate: '_apis/{area}/pools/{poolId}/agents/{agentId}/{resource}',
    released: '7.1',
  },
  {
    id: '8ffcd551-079c-493a-9c02-54346299d144',
    area: 'distributedtask',
    resourceName: 'packages',
    routeTemplate: '_apis/{area}/{resource}/{packageType}/{platform}/{version}',
    released: '7.1',
  },
  {
    id: '8572b1fc-2482-47fa-8f74-7e3ed53ee54b',
    area: 'distributedtask',
    resourceName: 'environments',
    routeTemplate: '{project}/_apis/pipelines/{resource}/{environmentId}',
    released: '7.1',
  },
  {
    id: '69a319f4-28c1-4bfd-93e6-ea0ff5c6f1a2',
    area: 'distributedtask',
    resourceName: 'oidctoken',
    routeTemplate: '{scopeIdentifier}/_apis/{area}/hubs/{hubName}/plans/{planId}/jobs/{jobId}/{resource}',
    released: '7.1',
  },
  {
    id: 'e81700f7-3be2-46de-8624-2eb35882fcaa',
    area: 'Location',
    resourceName: 'ResourceAreas',
    routeTemplate: '_apis/{resource}/{areaId}',
    released: '0.0',
  },
  ...collectionResources,
] as const;

const areas = [
  { id: 'a85b8835-c1a1-4aac-ae97-1c3d0ba72dbd', name: 'distributedtask' },
  { id: '55967393-20ef-45c6-a96c-b5d5d5986a9a', name: 'Tokens' },
  ...collectionAreas,
];

/** `OPTIONS /{organization}/_apis/[{area}]` */
export function describeLocations(exchange: Exchange): Answer {
  const area = exchange.route[0]?.toLowerCase();
  const value = resources
    .filter((resource) => !area || resource.area.toLowerCase() === area)
    .map(({ released, ...resource }) => ({
      ...resource,
      resourceVersion: 1,
      minVersion: '1.0',
      maxVersion: '7.2',
      releasedVersion: released,
    }));
  return { status: 200, json: { count: value.length, value } };
}

/** `GET /{organization}/_apis/resourceAreas/[{areaId}]`; asks for no credential. */
export function listResourceAreas(exchange: Exchange, state: State): Answer {
  const locationUrl = `${state.url}/${state.organization}/`;
  const id = exchange.route[0]?.toLowerCase();
  const value = areas.map((area) => ({ ...area, locationUrl }));
  if (!id) return { status: 200, json: { count: value.length, value } };
  const area = value.find((candidate) => candidate.id === id);
  return area ? { status: 200, json: area } : { status: 404 };
}

/** `GET /{organization}/_apis/connectionData` */
export function connectionData(exchange: Exchange, state: State): Answer {
  const caller = requireCaller(exchange, state);
  const identity = identityJson(caller);
  const accessMapping = {
    displayName: 'Host Guid Access Mapping',
    moniker: 'HostGuidAccessMapping',
    accessPoint: `${state.url}/`,
    serviceOwner: zero,
    virtualDirectory: state.organization,
  };
  return {
    status: 200,
    json: {
      authenticatedUser: identity,
      authorizedUser: identity,
      instanceId: state.organizationId,
      deploymentId: state.tenantId,
      deploymentType: 'hosted',
      locationServiceData: {
        serviceOwner: zero,
        defaultAccessMappingMoniker: accessMapping.moniker,
        lastChangeId: 1,
        lastChangeId64: 1,
        accessMappings: [accessMapping],
        serviceDefinitions: serviceDefinitions(),
        clientCacheFresh: false,
        clientCacheTimeToLive: 3600,
      },
    },
  };
}

function serviceDefinitions() {
  return resources.map(({ id, area, resourceName, routeTemplate, released }) => ({
    serviceType: area,
    identifier: id,
    displayName: resourceName,
    relativeToSetting: 'context',
    relativePath: `/${routeTemplate}`,
    serviceOwner: zero,
    toolId: area,
    resourceVersion: 1,
    minVersion: '1.0',
    maxVersion: '7.2',
    releasedVersion: released,
  }));
}

function identityJson(caller: Caller) {
  const id = idOf(caller);
  const descriptor = `Microsoft.VisualStudio.Services.Identity;${id}`;
  const properties = { Account: { $type: 'System.String', $value: accountOf(caller) } };
  const subjectDescriptor = `emulated.${id}`;
  return { id, descriptor, subjectDescriptor, providerDisplayName: nameOf(caller), isActive: true, properties };
}

function idOf(caller: Caller): string {
  switch (caller.kind) {
    case 'app':
      return identityIdOf(caller.principal.oid);
    case 'agent':
      return caller.agent.clientId;
    default:
      return identityIdOf(caller.user.oid);
  }
}

function accountOf(caller: Caller): string {
  switch (caller.kind) {
    case 'app':
      return caller.principal.clientId;
    case 'agent':
      return caller.agent.name;
    default:
      return caller.user.upn;
  }
}
