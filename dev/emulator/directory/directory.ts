import { randomUUID } from 'node:crypto';
import { SignIns } from '../authorize/sign-ins';
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

/** Microsoft's own command-line programs, as which administrators sign in. */
export const azureCli = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';
export const graphCommandLine = '14d82eec-204b-4c2f-b7e8-296a70dab67e';

export const graphScopes = `AgentIdentityBlueprint.Create AgentIdentityBlueprint.AddRemoveCreds.All
  AgentIdentityBlueprint.ReadWrite.All AgentIdentityBlueprint.DeleteRestore.All AgentIdentityBlueprintPrincipal.Create AgentIdentity.Create.All
  AgentIdentity.ReadWrite.All AgentIdentity.DeleteRestore.All AgentIdUser.ReadWrite.All AgentIdUser.ReadWrite.IdentityParentedBy
  Application.Read.All Application.ReadWrite.All AppRoleAssignment.ReadWrite.All DelegatedPermissionGrant.ReadWrite.All
  Directory.AccessAsUser.All Directory.Read.All Group.ReadWrite.All Organization.Read.All Policy.Read.All
  User.Read User.Read.All User.ReadBasic.All User.ReadWrite.All User.RevokeSessions.All`.split(/\s+/);

/** What the tenant knows besides its users, applications and their principals. */
export class Directory {
  readonly grants: PermissionGrant[] = [];
  readonly assignments: AppRoleAssignment[] = [];
  readonly signIns = new SignIns();
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
  /** How long a new blueprint, its principal or an agent identity is not found as a parent. */
  newAgentDelaySeconds = 0;
  /** Whether users without a role may register applications, and consent for themselves. */
  usersMayRegister = true;
  usersMayConsent = false;
  /** Whether a policy forbids client secrets. */
  secretsForbidden = false;
  /** Whether a consent needs a start time, as in some tenants. */
  grantsNeedStartTime = false;

  get resources(): Resource[] {
    return [this.azureDevOps, this.graph];
  }

  hasRole(oid: string, ...names: string[]): boolean {
    const held = this.roles.get(oid);
    return held !== undefined && ['Global Administrator', ...names].some((name) => held.has(name));
  }

  /** What was consented and assigned to a service principal that is gone. */
  forgetPrincipal(oid: string): void {
    const others = <T extends object>(all: T[], isIts: (one: T) => boolean) => all.filter((one) => !isIts(one));
    this.grants.splice(0, this.grants.length, ...others(this.grants, ({ clientId }) => clientId === oid));
    const left = others(this.assignments, ({ resourceId }) => resourceId === oid);
    this.assignments.splice(0, this.assignments.length, ...left);
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
