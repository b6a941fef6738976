import type { EndpointType, InputDescriptor } from '../service-endpoints/endpoint';

/** An extension that is installed in the organization. */
export interface Extension {
  publisherId: string;
  extensionId: string;
  extensionName: string;
  version: string;
  disabled: boolean;
  endpointTypes: EndpointType[];
}

/** The parts of an extension's manifest that the organization takes notice of. */
export interface ExtensionManifest {
  publisher: string;
  id: string;
  name: string;
  version: string;
  contributions: { type: string; properties: unknown }[];
}

interface TypeProperties {
  name: string;
  displayName: string;
  inputDescriptors?: InputDescriptor[];
  authenticationSchemes?: { type: string; inputDescriptors?: InputDescriptor[] }[];
}

const schemes: Record<string, string> = {
  'ms.vss-endpoint.endpoint-auth-scheme-none': 'None',
  'ms.vss-endpoint.endpoint-auth-scheme-token': 'Token',
  'ms.vss-endpoint.endpoint-auth-scheme-basic': 'UsernamePassword',
  'ms.vss-endpoint.endpoint-auth-scheme-workload-identity-federation': 'WorkloadIdentityFederation',
};

/** The types that every organization has, as far as they are needed. */
export const ownEndpointTypes: EndpointType[] = [
  {
    name: 'Generic',
    displayName: 'Generic',
    inputDescriptors: [],
    authenticationSchemes: [
      {
        scheme: 'UsernamePassword',
        inputDescriptors: [{ id: 'username' }, { id: 'password', isConfidential: true }],
      },
    ],
  },
  {
    name: 'workloadidentityuser',
    displayName: 'Azure DevOps',
    inputDescriptors: [],
    authenticationSchemes: [
      {
        scheme: 'WorkloadIdentityFederation',
        inputDescriptors: ['tenantid', 'serviceprincipalid'].map((id) => ({ id, validation: { isRequired: true } })),
      },
    ],
  },
];

/** What the organization makes of a manifest. */
export function readManifest(manifest: ExtensionManifest): Extension {
  const { publisher, id, name, version, contributions } = manifest;
  const endpointTypes = contributions
    .filter(({ type }) => type === 'ms.vss-endpoint.service-endpoint-type')
    .map(({ properties }) => readType(properties as TypeProperties, `${publisher}.${id}`));
  return { publisherId: publisher, extensionId: id, extensionName: name, version, disabled: false, endpointTypes };
}

function readType(properties: TypeProperties, extension: string): EndpointType {
  const { name, displayName, inputDescriptors = [], authenticationSchemes = [] } = properties;
  if (inputDescriptors.some(({ isConfidential }) => isConfidential)) {
    throw new Error('The emulator does not know confidential fields outside of an authentication scheme');
  }
  return {
    name,
    displayName,
    inputDescriptors,
    authenticationSchemes: authenticationSchemes.map((scheme) => ({
      scheme: schemeName(scheme.type),
      inputDescriptors: scheme.inputDescriptors ?? [],
    })),
    extension,
  };
}

function schemeName(type: string): string {
  const scheme = schemes[type];
  if (!scheme) throw new Error(`The emulator does not know the authentication scheme ${type}`);
  return scheme;
}
