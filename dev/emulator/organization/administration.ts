import { randomUUID } from 'node:crypto';
import { azureCli, graphCommandLine } from '../directory/directory';
import type { User } from '../directory/entities';
import { userToken } from '../entra/access-tokens';
import type { PoolRole, Project } from '../model';
import { secret } from '../secret';
import type { EndpointProject, EndpointRole, ServiceEndpoint } from '../service-endpoints/endpoint';
import type { State } from '../state';
import { identityIdOf, type License, type Pipeline } from './collection';
import type { Extension, ExtensionManifest } from './extension';

export interface NewUser {
  /** In front of the tenant's domain. */
  alias: string;
  displayName?: string;
  /** Whether the organization knows them; default no. */
  member?: boolean;
  guest?: boolean;
  license?: License;
}

export interface NewAdministrator extends Partial<NewUser> {
  /** Roles in the tenant; default Global Administrator. */
  directoryRoles?: string[];
  /** Default yes, both. */
  collectionAdministrator?: boolean;
  projectAdministrator?: boolean;
  /** On every pool; default `manage`. */
  poolRole?: PoolRole | 'none';
}

export interface NewEndpoint {
  name: string;
  type: string;
  scheme?: string;
  url?: string;
  parameters?: Record<string, string | null>;
  data?: Record<string, string>;
}

/** What a test sets up in the organization and its tenant, or looks up there. */
export interface Administration {
  /** A person of the tenant, who has a password to sign in with. */
  addUser(user: NewUser): User;
  /** A person who may do all that setting up an issuer takes, but for what is taken from them. */
  addAdministrator(options?: NewAdministrator): User;
  addProject(name: string): Project;
  addPipeline(name: string, options?: { project?: string }): Pipeline;
  /** Installs an extension from its manifest, in place of the version that was there. */
  installExtension(manifest: ExtensionManifest): Extension;
  uninstallExtension(extension: Pick<Extension, 'publisherId' | 'extensionId'>): void;
  /** A connection of the first project as if an administrator had made it by hand; nothing of it is checked. */
  addServiceEndpoint(endpoint: NewEndpoint): ServiceEndpoint;
  /** Gives an identity, that of jobs among them, a role on a connection. */
  setEndpointRole(
    endpoint: ServiceEndpoint,
    whom: { oid: string },
    roles: { project?: EndpointRole; collection?: EndpointRole },
  ): void;
  /** What `az account get-access-token` prints as token for Azure DevOps or Microsoft Graph. */
  azureCliToken(user: User, resource: 'azureDevOps' | 'graph'): string;
  /** An access token for Microsoft Graph within these scopes, of a client that is not Azure CLI. */
  graphToken(user: User, scopes: readonly string[]): string;
  /** The id that the organization has for an identity. */
  identityIdOf(whom: { oid: string }): string;
}

export function createAdministration(state: State): Administration {
  const { collection, directory } = state;
  const administration: Administration = {
    addUser({ alias, displayName = alias, member = false, guest = false, license }) {
      const upn = `${alias}@${state.tenantDomain}`;
      const user: User = { tid: state.tenantId, oid: randomUUID(), displayName, upn, member, password: secret(16) };
      if (guest) user.guest = true;
      if (license) collection.licenses.set(user.oid, license);
      state.users[alias] = user;
      return user;
    },
    addAdministrator(options = {}) {
      const {
        alias = 'administrator',
        displayName = 'Ada Administrator',
        directoryRoles,
        poolRole = 'manage',
      } = options;
      const user = administration.addUser({ member: true, license: 'express', ...options, alias, displayName });
      directory.roles.set(user.oid, new Set(directoryRoles ?? ['Global Administrator']));
      if (options.collectionAdministrator ?? true) collection.collectionAdministrators.add(user.oid);
      if (options.projectAdministrator ?? true) collection.projectAdministrators.add(user.oid);
      for (const { name } of state.pools) state.setPoolRole(name, user, poolRole);
      return user;
    },
    addProject(name) {
      const project: Project = { id: randomUUID(), name, deploymentGroups: [], environments: [] };
      state.projects.push(project);
      return project;
    },
    addPipeline(name, { project = state.project.name } = {}) {
      const projectId = projectNamed(project, state).id;
      const pipeline = { id: collection.pipelines.length + 1, name, projectId };
      collection.pipelines.push(pipeline);
      return pipeline;
    },
    installExtension: (manifest) => collection.installExtension(manifest),
    uninstallExtension: (extension) => collection.uninstallExtension(extension),
    addServiceEndpoint(endpoint) {
      const created = newEndpoint(endpoint, { id: state.project.id, name: endpoint.name, description: '' }, state);
      collection.endpoints.all.push(created);
      return created;
    },
    setEndpointRole(endpoint, { oid }, { project, collection: ofCollection }) {
      if (project) endpoint.projectRoles[oid] = project;
      if (ofCollection) endpoint.collectionRoles[oid] = ofCollection;
    },
    azureCliToken(user, resource) {
      const scopes = resource === 'graph' ? ['Directory.AccessAsUser.All', 'User.Read.All'] : ['user_impersonation'];
      return userToken(state, { user, clientId: azureCli, scopes, audience: directory[resource].appId });
    },
    graphToken: (user, scopes) =>
      userToken(state, { user, clientId: graphCommandLine, scopes, audience: directory.graph.appId }),
    identityIdOf: ({ oid }) => identityIdOf(oid),
  };
  return administration;
}

function projectNamed(name: string, state: State): Project {
  const project = state.projects.find((candidate) => candidate.name === name);
  if (!project) throw new Error(`The emulator has no project "${name}"`);
  return project;
}

function newEndpoint(given: NewEndpoint, project: EndpointProject, state: State): ServiceEndpoint {
  const { name, type, scheme = 'None', url, parameters = {}, data = {} } = given;
  const now = state.clock.now();
  return {
    id: randomUUID(),
    name,
    type,
    url: url ?? `${state.url}/${state.organization}`,
    description: '',
    owner: 'library',
    scheme,
    parameters: { ...parameters },
    data: { ...data },
    isShared: false,
    isReady: true,
    isDisabled: false,
    projects: [project],
    createdBy: state.users.colleague,
    createdAt: now,
    modifiedAt: now,
    projectRoles: {},
    collectionRoles: {},
    pipelines: new Set(),
    openToAllPipelines: false,
    checks: [],
  };
}
