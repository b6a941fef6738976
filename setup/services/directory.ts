import { fieldsOf } from '../../src/json';
import { azureDevOpsId } from '../../src/sign-in/token-endpoint';
import { isObject, lacking, literal, type Rest, textOf } from './rest';

/** A user of the tenant. */
export interface User {
  id: string;
  name: string;
  /** User principal name. */
  upn: string;
  guest: boolean;
  enabled: boolean;
}

export const userFields = '$select=id,displayName,userPrincipalName,userType,accountEnabled';

/** Users, roles and policies of the tenant, through Microsoft Graph. */
export class Directory {
  constructor(readonly graph: Rest) {}

  /** @param key object id or user principal name. */
  async user(key: string): Promise<User | undefined> {
    const path = `/users/${encodeURIComponent(key)}?${userFields}`;
    const answer = await this.graph.found({ path, doing: 'Looking for the user' });
    return answer && readUser(answer.json);
  }

  /** User principal names that begin like this one. */
  async usersLike(upn: string): Promise<string[]> {
    const filter = encodeURIComponent(`startswith(userPrincipalName,${literal(upn.slice(0, 3))})`);
    const path = `/users?$filter=${filter}&${userFields}&$top=50`;
    const found = await this.graph.list({ path, doing: 'Looking for users of a similar name' });
    return found.map((user) => textOf(user, 'userPrincipalName'));
  }

  async disable(userId: string): Promise<void> {
    const doing = 'Disabling the user';
    await this.graph.success({ method: 'PATCH', path: `/users/${userId}`, body: { accountEnabled: false }, doing });
  }

  /** Ends every refresh token of the user. */
  async revokeSessions(userId: string): Promise<void> {
    const doing = 'Revoking the sessions of the user';
    await this.graph.success({ method: 'POST', path: `/users/${userId}/revokeSignInSessions`, body: {}, doing });
  }

  /** Template ids of the directory roles of the caller, or undefined where they cannot be read. */
  async ownRoles(): Promise<string[] | undefined> {
    const path = '/me/transitiveMemberOf/microsoft.graph.directoryRole?$select=id,displayName,roleTemplateId';
    const answer = await this.graph.optional({ path, doing: 'Reading your directory roles' });
    const value = answer?.field('value');
    if (!Array.isArray(value)) return undefined;
    return value.filter(isObject).map((role) => textOf(role, 'roleTemplateId').toLowerCase());
  }

  /** Whether every user may register apps, or undefined where that cannot be read. */
  async usersMayCreateApps(): Promise<boolean | undefined> {
    const answer = await this.graph.optional({
      path: '/policies/authorizationPolicy',
      doing: 'Reading the policy of the tenant',
    });
    const permissions = answer?.field('defaultUserRolePermissions');
    const allowed = isObject(permissions) ? permissions.allowedToCreateApps : undefined;
    return typeof allowed === 'boolean' ? allowed : undefined;
  }

  /** Whether the tenant forbids client secrets of apps, or undefined where that cannot be read. */
  async forbidsSecrets(): Promise<boolean | undefined> {
    const path = '/policies/defaultAppManagementPolicy';
    const answer = await this.graph.optional({ path, doing: 'Reading the policy on client secrets' });
    if (typeof answer?.field('isEnabled') !== 'boolean') return undefined;
    const restrictions = answer.field('applicationRestrictions');
    const rules = isObject(restrictions) ? restrictions.passwordCredentials : [];
    const forbids = (rule: unknown) =>
      isObject(rule) && rule.restrictionType === 'passwordAddition' && rule.state !== 'disabled';
    return answer.field('isEnabled') === true && Array.isArray(rules) && rules.some(forbids);
  }

  /** Azure DevOps in this tenant: its object id, and the ids of its delegated permissions by their names. */
  async azureDevOps(): Promise<{ id: string; scopes: Map<string, string> } | undefined> {
    const path = `/servicePrincipals(appId='${azureDevOpsId}')?$select=id,appId,oauth2PermissionScopes`;
    const answer = await this.graph.found({ path, doing: 'Looking for Azure DevOps in the tenant' });
    if (!answer) return undefined;
    const scopes = answer.field('oauth2PermissionScopes');
    const offered = (Array.isArray(scopes) ? scopes : []).filter(isObject);
    return {
      id: textOf(fieldsOf(answer.json), 'id'),
      scopes: new Map(offered.map((scope) => [textOf(scope, 'value'), textOf(scope, 'id')])),
    };
  }
}

export function readUser(json: unknown): User {
  const user = fieldsOf(json);
  const id = textOf(user, 'id');
  if (id === '') throw lacking('The user', 'id');
  return {
    id,
    name: textOf(user, 'displayName'),
    upn: textOf(user, 'userPrincipalName'),
    guest: textOf(user, 'userType').toLowerCase() === 'guest',
    enabled: user.accountEnabled !== false,
  };
}
