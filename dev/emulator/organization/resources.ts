/** The resources of this room and of service connections, as clients look them up before they call them. */
export const collectionResources = [
  {
    id: '14e48fdc-2c8b-41ce-a0c3-e26f6cc55bd0',
    area: 'serviceendpoint',
    resourceName: 'endpoints',
    routeTemplate: '_apis/{area}/{resource}/{endpointId}',
    released: '7.1',
  },
  {
    id: 'e85f1c62-adfc-4b74-b618-11a150fb195e',
    area: 'serviceendpoint',
    resourceName: 'endpoints',
    routeTemplate: '{project}/_apis/{area}/{resource}/{endpointId}',
    released: '7.1',
  },
  {
    id: '5a7938a4-655e-486c-b562-b78c54a7e87b',
    area: 'serviceendpoint',
    resourceName: 'types',
    routeTemplate: '_apis/{area}/{resource}',
    released: '0.0',
  },
  {
    id: '9461c234-c84c-4ed2-b918-2f0f92ad0a35',
    area: 'securityroles',
    resourceName: 'roleassignments',
    routeTemplate: '_apis/{area}/scopes/{scopeId}/{resource}/resources/{resourceId}/{identityId}',
    released: '0.0',
  },
  {
    id: '275424d0-c844-4fe2-bda6-04933a1357d8',
    area: 'ExtensionManagement',
    resourceName: 'InstalledExtensions',
    routeTemplate: '_apis/{area}/{resource}',
    released: '0.0',
  },
  {
    id: 'fb0da285-f23e-4b56-8b53-3ef5f9f6de66',
    area: 'ExtensionManagement',
    resourceName: 'InstalledExtensionsByName',
    routeTemplate: '_apis/{area}/{resource}/{publisherName}/{extensionName}',
    released: '0.0',
  },
  {
    id: '603fe2ac-9723-48b9-88ad-09305aa6c6e1',
    area: 'core',
    resourceName: 'projects',
    routeTemplate: '_apis/{resource}/{*projectId}',
    released: '7.1',
  },
  {
    id: 'dbeaf647-6167-421a-bda9-c9327b25e2e6',
    area: 'build',
    resourceName: 'definitions',
    routeTemplate: '{project}/_apis/{area}/{resource}/{definitionId}',
    released: '7.1',
  },
  {
    id: '900fa995-c559-4923-aae7-f8424fe4fbea',
    area: 'distributedtask',
    resourceName: 'queues',
    routeTemplate: '{project}/_apis/{area}/{resource}/{queueId}',
    released: '7.1',
  },
] as const;

export const collectionAreas = [
  { id: '1814ab31-2f4f-4a9f-8761-f4d77dc5a5d7', name: 'serviceendpoint' },
  { id: '6c2b0933-3600-42ae-bf8b-93d4f7e83594', name: 'ExtensionManagement' },
  { id: '79134c72-4a58-4b42-976c-04e7115f32bf', name: 'core' },
  { id: '965220d5-5bb9-42cf-8d67-9b146df2a5a4', name: 'build' },
];
