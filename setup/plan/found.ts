import { sameName } from '../options';
import type { AgentIdentity, AgentUser } from '../services/agents';
import type { Application, FederatedCredential } from '../services/application-json';
import type { IssuerConnection } from '../services/connections';
import type { User } from '../services/directory';
import type { Identity, Member } from '../services/members';
import type { Named, Pool } from '../services/organization';
import type { Consent, Principal } from '../services/principals';
import type { Checks, PipelinePermissions } from '../services/protection';
import type { Administered } from './sign-in-administrator';

/** What is there before a command changes anything. */
export interface Found extends FoundInOrganization {
  user: User;
  entra: FoundInEntra;
}

/** The same where the user is an agent user, who may have to be made. */
export interface FoundForAgent extends FoundInOrganization {
  user: Pick<User, 'upn'>;
  agent: FoundAgent;
}

/** What is there in the organization. */
export interface FoundInOrganization extends Administered {
  project: Named;
  pools: Pool[];
  /** Ids of the pools on which the user is an administrator already. */
  administeredPools: number[];
  member?: Member;
  connection?: FoundConnection;
  /** Whether the extension offers a connection that is federated. */
  offersFederation: boolean;
  pipelines: Named<number>[];
  approvers: Identity[];
  writer?: Identity;
  /** What could not be checked from here. */
  unchecked: string[];
}

export interface FoundInEntra {
  /** Azure DevOps in this tenant, with the ids of the permissions. */
  resourceId: string;
  permissions: string[];
  app?: Application;
  principal?: Principal;
  assigned: boolean;
  consent?: Consent;
  federatedCredentials: FederatedCredential[];
}

export interface FoundAgent {
  /** Azure DevOps in this tenant. */
  resourceId: string;
  blueprint?: Application;
  /** Of the blueprint. */
  principal?: Principal;
  identity?: AgentIdentity;
  user?: AgentUser;
  consent?: Consent;
  federatedCredentials: FederatedCredential[];
}

export interface FoundConnection {
  connection: IssuerConnection;
  permissions: PipelinePermissions;
  checks: Checks;
  /** Ids of those who administer it at the level of the organization. */
  administrators: string[];
}

export function redirectUri(port: number): string {
  return `http://localhost:${port}/signed-in`;
}

/**
 * Whether a federated connection states what its identity tokens say, and keeps what it signs in with: whether the service
 * lets an extension combine the two is not known. Any other connection is finished once it is made.
 */
export function isFinished({ proof, issuer, subject, agentUserId, confidential }: IssuerConnection): boolean {
  if (proof !== 'federation') return true;
  const holdsItsOwn = agentUserId !== '' || confidential.some((name) => sameName(name, 'refreshToken'));
  return issuer !== '' && subject !== '' && holdsItsOwn;
}
