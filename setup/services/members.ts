import { fieldsOf } from '../../src/json';
import { SetupError } from '../failure';
import { sameName } from '../options';
import type { AzureDevOps } from './azure-devops';
import { isObject, lacking, literal, type Rest, textOf } from './rest';

/** A user who belongs to the organization. */
export interface Member {
  /** Identity in the organization, which roles go by; not the object id in Entra. */
  id: string;
  upn: string;
  /** `express` is Basic. */
  licence: string;
  /** What the token administration knows the user by. */
  descriptor: string;
}

export interface Identity {
  id: string;
  name: string;
}

const poolRoles = 'distributedtask.agentpoolrole';
const connectionRoles = 'distributedtask.collection.serviceendpointrole';
const apiVersion = 'api-version=7.1-preview.3';
const tokenVersion = 'api-version=7.1-preview.1';

/** Who belongs to the organization, and with which roles. */
export class Members {
  constructor(
    readonly azureDevOps: AzureDevOps,
    readonly entitlements: Rest,
    readonly identities: Rest,
  ) {}

  async find(upn: string): Promise<Member | undefined> {
    const filter = encodeURIComponent(`name eq ${literal(upn)}`);
    const answer = await this.entitlements.success({
      path: `/_apis/userentitlements?$filter=${filter}&${apiVersion}`,
      doing: 'Looking for the user in the organization',
    });
    const members = answer.field('members') ?? answer.field('items') ?? answer.field('value');
    const found = (Array.isArray(members) ? members : []).filter(isObject).map(readMember);
    return found.find((member) => sameName(member.upn, upn));
  }

  /** Adds a user with the access level Basic. The service answers 200 also where it refuses. */
  async add(upn: string): Promise<Member> {
    const doing = 'Adding the user to the organization';
    const answer = await this.entitlements.success({
      method: 'POST',
      path: `/_apis/userentitlements?${apiVersion}`,
      body: {
        accessLevel: { licensingSource: 'account', accountLicenseType: 'express' },
        user: { principalName: upn, subjectKind: 'user' },
      },
      doing,
    });
    const results = answer.field('operationResult') ?? answer.field('operationResults');
    const result: unknown = Array.isArray(results) ? results[0] : results;
    const failed = answer.field('isSuccess') === false || (isObject(result) && result.isSuccess === false);
    if (failed) throw refused(doing, isObject(result) ? result.errors : undefined);
    const entitlement = answer.field('userEntitlement');
    const member = isObject(entitlement) ? readMember(entitlement) : await this.find(upn);
    if (!member || member.id === '') throw lacking('The new member of the organization', 'id');
    return member;
  }

  async remove(id: string): Promise<void> {
    const doing = 'Removing the user from the organization';
    await this.entitlements.found({ method: 'DELETE', path: `/_apis/userentitlements/${id}?${apiVersion}`, doing });
  }

  /** Users, groups and service principals whose name this is, or begins like this. */
  async identitiesLike(name: string): Promise<(Identity & { names: string[] })[]> {
    const query = new URLSearchParams({ searchFilter: 'General', filterValue: name, queryMembership: 'None' });
    const found = await this.identities.list({
      path: `/_apis/identities?${query}&api-version=7.1`,
      doing: 'Looking for a user or group of the organization',
    });
    return found.map((identity) => {
      const properties = fieldsOf(identity.properties);
      const property = (key: string) => textOf(fieldsOf(properties[key]), '$value');
      const shown = textOf(identity, 'customDisplayName') || textOf(identity, 'providerDisplayName');
      const names = [shown, textOf(identity, 'providerDisplayName'), property('Account'), property('Mail')];
      return { id: textOf(identity, 'id'), name: shown, names: names.filter((each) => each !== '') };
    });
  }

  /** Role names on a pool, by the identity that has them directly. */
  async poolRoles(poolId: number): Promise<{ identityId: string; name: string; role: string }[]> {
    return this.#roles(poolRoles, String(poolId), 'Reading the roles on the agent pool');
  }

  async makePoolAdministrator(poolId: number, identityId: string): Promise<void> {
    await this.#give(poolRoles, String(poolId), identityId);
  }

  async takePoolRole(poolId: number, identityId: string): Promise<void> {
    await this.azureDevOps.call(
      { doing: 'Taking the role on the agent pool away', who: 'an administrator of the pool' },
      (clients) => clients.securityRoles.removeRoleAssignment(poolRoles, String(poolId), identityId),
    );
  }

  /** Roles on a connection at the level of the organization, which alone may change its authorization. */
  async connectionRoles(connectionId: string): Promise<{ identityId: string; name: string; role: string }[]> {
    return this.#roles(connectionRoles, `collection_${connectionId}`, 'Reading the roles on the service connection');
  }

  async makeConnectionAdministrator(connectionId: string, identityId: string): Promise<void> {
    await this.#give(connectionRoles, `collection_${connectionId}`, identityId);
  }

  /** Names of the active tokens of a member, or undefined where the caller may not see them. */
  async tokenNames(descriptor: string): Promise<string[] | undefined> {
    return (await this.#tokens(descriptor))?.map((token) => textOf(token, 'displayName'));
  }

  /**
   * Revokes every token of a member, which takes up to an hour.
   * https://learn.microsoft.com/rest/api/azure/devops/tokenadmin/revocations/revoke-authorizations
   * @returns how many.
   */
  async revokeTokens(descriptor: string): Promise<number> {
    const tokens = await this.#tokens(descriptor);
    const doing = 'Revoking the tokens of the user';
    if (!tokens)
      throw new SetupError(`${doing} is not allowed to you.`, 'Ask a Project Collection Administrator.', {
        who: 'a Project Collection Administrator',
      });
    const body = tokens.map((token) => ({ authorizationId: textOf(token, 'authorizationId') }));
    const path = `/_apis/tokenadmin/revocations?isPublic=false&${tokenVersion}`;
    if (body.length > 0) await this.identities.success({ method: 'POST', path, body, doing });
    return body.length;
  }

  async #tokens(descriptor: string): Promise<Record<string, unknown>[] | undefined> {
    if (descriptor === '') return undefined;
    const tokens: Record<string, unknown>[] = [];
    for (let next = ''; ; ) {
      const query = new URLSearchParams({
        isPublic: 'false',
        pageSize: '100',
        ...(next && { continuationToken: next }),
      });
      const path = `/_apis/tokenadmin/personalaccesstokens/${encodeURIComponent(descriptor)}?${query}&${tokenVersion}`;
      const answer = await this.identities.optional({ path, doing: 'Reading the tokens of the user' });
      const value = answer?.field('value');
      if (!answer || !Array.isArray(value)) return undefined;
      tokens.push(...value.filter((token) => isObject(token) && token.isValid !== false).filter(isObject));
      next = textOf(fieldsOf(answer.json), 'continuationToken');
      if (next === '' || value.length === 0) return tokens;
    }
  }

  async #roles(scope: string, resource: string, doing: string) {
    const found = await this.azureDevOps.read({ doing }, ({ securityRoles }) =>
      securityRoles.getRoleAssignments(scope, resource),
    );
    return (found ?? []).map(({ identity, role }) => ({
      identityId: identity?.id ?? '',
      name: identity?.uniqueName ?? identity?.displayName ?? '',
      role: role?.name ?? '',
    }));
  }

  async #give(scope: string, resource: string, identityId: string): Promise<void> {
    const assignment = { roleName: 'Administrator', userId: identityId, uniqueName: '' };
    const doing = 'Giving the Administrator role';
    await this.azureDevOps.call({ doing }, ({ securityRoles }) =>
      securityRoles.setRoleAssignments([assignment], scope, resource),
    );
  }
}

function readMember(entitlement: Record<string, unknown>): Member {
  const user = fieldsOf(entitlement.user);
  const level = fieldsOf(entitlement.accessLevel);
  return {
    id: textOf(entitlement, 'id'),
    upn: textOf(user, 'principalName'),
    licence: textOf(level, 'accountLicenseType').toLowerCase(),
    descriptor: textOf(user, 'descriptor'),
  };
}

/** https://learn.microsoft.com/rest/api/azure/devops/memberentitlementmanagement/user-entitlements/add */
function refused(doing: string, errors: unknown): SetupError {
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const pair = fieldsOf(first);
  const number = typeof pair.key === 'number' || typeof pair.key === 'string' ? `error ${pair.key}` : 'no number';
  return new SetupError(
    `${doing} failed (${number}).`,
    'Look at the licences under Organization settings > Billing, and whether you are a Project Collection Administrator; or add the user under Organization settings > Users with the access level Basic, and run the command again.',
    { who: 'a Project Collection Administrator' },
  );
}
