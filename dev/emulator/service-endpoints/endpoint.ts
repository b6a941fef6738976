/** What an identity may do with a connection. Administrators may do all, `User` may use it, `Reader` may look at it. */
export type EndpointRole = 'Administrator' | 'Creator' | 'User' | 'Reader';

/** A project in which a connection can be used, and what it is called there. */
export interface EndpointProject {
  id: string;
  name: string;
  description: string;
}

/** A stored connection, its secrets among its parameters. */
export interface ServiceEndpoint {
  id: string;
  name: string;
  type: string;
  url: string;
  description: string;
  owner: string;
  scheme: string;
  /** As they were written, confidential ones too; a key keeps its case. */
  parameters: Record<string, string | null>;
  data: Record<string, string | null>;
  isShared: boolean;
  isReady: boolean;
  isDisabled: boolean;
  projects: EndpointProject[];
  createdBy: { oid: string; displayName: string };
  createdAt: number;
  modifiedAt: number;
  /** Roles by object id: in its projects, and in the collection, where alone it can be changed. */
  projectRoles: Record<string, EndpointRole>;
  collectionRoles: Record<string, EndpointRole>;
  /** Pipelines that may use it without asking. */
  pipelines: Set<number>;
  openToAllPipelines: boolean;
  checks: EndpointCheck[];
}

/** Something that has to be in order before a job gets the connection. */
export interface EndpointCheck {
  id: number;
  type: { id: string; name: string };
  settings: Record<string, unknown>;
  timeout: number;
  createdBy: { oid: string; displayName: string };
  createdAt: number;
}

/** A field of a form that a type of connection describes. */
export interface InputDescriptor {
  id: string;
  isConfidential?: boolean;
  validation?: { isRequired?: boolean; pattern?: string; maxLength?: number };
}

export interface AuthenticationScheme {
  /** `None`, `Token`, `UsernamePassword` or `WorkloadIdentityFederation`. */
  scheme: string;
  inputDescriptors: InputDescriptor[];
}

export interface EndpointType {
  name: string;
  displayName: string;
  inputDescriptors: InputDescriptor[];
  authenticationSchemes: AuthenticationScheme[];
  /** Absent for a type of the service's own. */
  extension?: string;
}

/** The organization's connections, and what is not known about how the service treats them. */
export class ServiceEndpoints {
  readonly all: ServiceEndpoint[] = [];
  /** What people without a role see of a connection. */
  withoutRole: 'everything' | 'idAndName' | 'nothing' = 'everything';
  /** Whether a type of an extension may federate at all, and then have secrets of its own beside it. */
  federationOfExtensions: 'accepted' | 'withoutSecrets' | 'refused' = 'accepted';
  /** Whether `null` for a confidential parameter keeps it. Reported so; not documented. */
  nullKeepsSecrets = true;
  nextCheckId = 1;

  find(id: string): ServiceEndpoint | undefined {
    return this.all.find((endpoint) => endpoint.id === id.toLowerCase());
  }

  /** A connection by its name in one of its projects. */
  named(name: string): ServiceEndpoint {
    const endpoint = this.all.find(({ projects }) => projects.some((project) => project.name === name));
    if (!endpoint) throw new Error(`The emulator has no service connection "${name}"`);
    return endpoint;
  }
}

/** The value of a key, in any capitals. */
export function fieldOf(values: Record<string, string | null>, key: string): string | null | undefined {
  return Object.entries(values).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
}
