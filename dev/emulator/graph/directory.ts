import { randomUUID } from 'node:crypto';
import { knownScopes } from '../azure-devops/scopes';

/** Consent: what a client may do on a resource on behalf of one user, or of all. */
export interface PermissionGrant {
  id: string;
  /** Object ids of service principals. */
  clientId: string;
  resourceId: string;
  consentType: 'AllPrincipals' | 'Principal';
  /** Object id of the user, where it is for one. */
  principalId: string | null;
  /** Names, separated by blanks. */
  scope: string;
}

/** A user who is assigned to an application. */
export interface AppRoleAssignment {
  id: string;
  appRoleId: string;
  principalId: string;
  resourceId: string;
  createdAt: number;
}

/** A first-party application that others ask for permissions on. */
export interface Resource {
  appId: string;
  /** Object id of its service principal in this tenant. */
  id: string;
  displayName: string;
  /** What it is called in a scope. */
  names: string[];
  scopes: { id: string; value: string; type: 'User' | 'Admin' }[];
}

const graphScopes = `AgentIdentityBlueprint.Create AgentIdentityBlueprint.AddRemoveCreds.All
  AgentIdentityBlueprint.ReadWrite.All AgentIdentityBlueprintPrincipal.Create AgentIdentity.Create.All
  AgentIdentity.ReadWrite.All AgentIdUser.ReadWrite.All AgentIdUser.ReadWrite.IdentityParentedBy
  Application.Read.All Application.ReadWrite.All AppRoleAssignment.ReadWrite.All DelegatedPermissionGrant.ReadWrite.All
  Directory.AccessAsUser.All Directory.Read.All Group.ReadWrite.All Organization.Read.All Policy.Read.All
  User.Read User.Read.All User.ReadBasic.All User.ReadWrite.All User.RevokeSessions.All`.split(/\s+/);

/** What the tenant knows besides its users, applications and their principals. */
export class Directory {
  readonly grants: PermissionGrant[] = [];
  readonly assignments: AppRoleAssignment[] = [];
  /** Directory roles by object id of a user, as their names: `Application Administrator` … */
  readonly roles = new Map<string, Set<string>>();
  readonly azureDevOps: Resource = resource(
    '499b84ac-1321-427f-aa17-267ca6975798',
    'Azure DevOps',
    ['https://app.vssps.visualstudio.com'],
    [...knownScopes],
  );
  readonly graph: Resource = resource(
    '00000003-0000-0000-c000-000000000000',
    'Microsoft Graph',
    ['https://graph.microsoft.com'],
    graphScopes,
  );

  /** How long a new client secret is refused as wrong. */
  newSecretDelaySeconds = 0;
  /** How long a new federated credential is as if it were not there. */
  newFederatedCredentialDelaySeconds = 0;
  /** Whether users without a role may register applications, and consent for themselves. */
  usersMayRegister = true;
  usersMayConsent = false;
  /** Whether a policy forbids client secrets. */
  secretsForbidden = false;

  get resources(): Resource[] {
    return [this.azureDevOps, this.graph];
  }

  hasRole(oid: string, ...names: string[]): boolean {
    const held = this.roles.get(oid);
    return held !== undefined && ['Global Administrator', ...names].some((name) => held.has(name));
  }

  /** What this user, or all, consented to for a client on a resource. */
  consented(clientId: string, resourceId: string, userOid: string): string[] {
    return this.grants
      .filter((grant) => grant.clientId === clientId && grant.resourceId === resourceId)
      .filter(({ principalId }) => principalId === null || principalId === userOid)
      .flatMap(({ scope }) => scope.split(' ').filter(Boolean));
  }
}

function resource(appId: string, displayName: string, names: string[], scopes: string[]): Resource {
  return {
    appId,
    id: randomUUID(),
    displayName,
    names: [appId, ...names],
    scopes: scopes.map((value) => ({ id: randomUUID(), value, type: 'Admin' })),
  };
}
