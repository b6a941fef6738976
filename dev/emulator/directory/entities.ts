import type { RedirectPlatform, Registration } from './registration';

/** A person in the Entra tenant. */
export interface User {
  tid: string;
  oid: string;
  displayName: string;
  upn: string;
  /** Whether the organization knows this person. */
  member: boolean;
  /** In the tenant as a guest of it. */
  guest?: boolean;
  disabled?: boolean;
  /** Object id of the agent identity that this user belongs to. */
  agentIdentityId?: string;
  /** To type on the sign-in page; without one, a user cannot sign in there. */
  password?: string;
}

/** An app registration, or a managed identity. A public client has neither a secret nor federated credentials. */
export interface Application {
  clientId: string;
  clientSecret?: string;
  /** Set to a past time, the secret is refused as expired. */
  secretExpiresAt?: number;
  /** The delegated Azure DevOps permissions that were consented to. */
  permissions: string[];
  /** Whether it is Microsoft's own, and no registration of the tenant. */
  firstParty?: boolean;
  registration?: Registration;
  /** Those on Microsoft Graph, of Microsoft's own applications. */
  graphPermissions?: string[];
  /** Secrets that were added by Graph. */
  passwords?: ClientSecret[];
  /** Whose identity tokens it signs in with, in place of a secret. */
  federatedCredentials?: FederatedCredential[];
  /** Open to other tenants too; then its federated credentials are refused. */
  multiTenant?: boolean;
}

/** What takes a while to work after it was added. */
interface Delayed {
  worksFrom?: number;
}

export function isEffective({ worksFrom }: Delayed, now: number): boolean {
  return worksFrom === undefined || worksFrom <= now;
}

export interface ClientSecret extends Delayed {
  keyId: string;
  displayName: string | null;
  secretText: string;
  startsAt: number;
  endsAt: number;
}

/** Trust in the identity tokens of one issuer about one subject. All three must match to the letter. */
export interface FederatedCredential extends Delayed {
  issuer: string;
  subject: string;
  audience: string;
  /** What Graph knows of it. */
  id?: string;
  name?: string;
  description?: string | null;
}

/** What an application is in the tenant, and perhaps in the organization. */
export interface ServicePrincipal {
  clientId: string;
  oid: string;
  displayName: string;
  member: boolean;
  /** Whether users need to be assigned to the application before they can sign in to it. */
  assignmentRequired?: boolean;
  createdAt?: number;
  /** Set for an agent identity: the application of which it is made. */
  agent?: { blueprintId: string };
}

/** A refresh token. Unless they rotate, redeeming it leaves it valid. */
export interface RefreshToken {
  value: string;
  user: User;
  clientId: string;
  expiresAt: number;
  revoked: boolean;
  /** Of the redirect through which it was obtained. */
  platform?: RedirectPlatform;
  /** Another one was handed out in its place, in a tenant that rotates them. */
  replaced?: boolean;
}
