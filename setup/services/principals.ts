import { fieldsOf } from '../../src/json';
import { lacking, type Rest, reasonOf, succeeded, textOf } from './rest';

/** What an app is in its own tenant. */
export interface Principal {
  id: string;
  name: string;
  /** Whether only assigned users can sign in with it. */
  assignmentRequired: boolean;
  enabled: boolean;
}

/** A delegated permission, as consented to. https://learn.microsoft.com/graph/api/resources/oauth2permissiongrant */
export interface Consent {
  id: string;
  /** Whether it is for every user of the tenant. */
  forAll: boolean;
  userId: string;
  /** Object id of the application that has the permissions. */
  resourceId: string;
  scopes: string[];
}

const tenYears = 10 * 365 * 24 * 60 * 60_000;
const zero = '00000000-0000-0000-0000-000000000000';

/** Enterprise applications, who may use them, and what they were consented to, through Microsoft Graph. */
export class Principals {
  constructor(readonly graph: Rest) {}

  async principal(clientId: string): Promise<Principal | undefined> {
    const path = `/servicePrincipals(appId='${encodeURIComponent(clientId)}')?$select=id,displayName,appRoleAssignmentRequired,accountEnabled`;
    const answer = await this.graph.found({ path, doing: 'Looking for the enterprise application' });
    return answer && readPrincipal(answer.json);
  }

  /** Refused for a while after the app registration was made: returns undefined then. */
  async createPrincipal(clientId: string): Promise<Principal | undefined> {
    const doing = 'Creating the enterprise application';
    const answer = await this.graph.ask({
      method: 'POST',
      path: '/servicePrincipals',
      body: { appId: clientId },
      doing,
    });
    if (answer.status === 404 || (answer.status === 400 && /not|exist/i.test(reasonOf(answer)))) return undefined;
    if (!succeeded(answer)) throw this.graph.refusal(answer, doing);
    return readPrincipal(answer.json);
  }

  /** @returns whether Entra knows the enterprise application already. */
  async changePrincipal(
    id: string,
    change: { appRoleAssignmentRequired?: true; accountEnabled?: false },
  ): Promise<boolean> {
    const doing = 'Changing the enterprise application';
    const answer = await this.graph.found({ method: 'PATCH', path: `/servicePrincipals/${id}`, body: change, doing });
    return answer !== undefined;
  }

  /** Object ids of the users and groups that may sign in with an app, and their names. */
  async assigned(principalId: string): Promise<{ id: string; name: string }[]> {
    const path = `/servicePrincipals/${principalId}/appRoleAssignedTo`;
    const found = await this.graph.list({ path, doing: 'Reading who is assigned to the app' });
    return found.map((each) => ({ id: textOf(each, 'principalId'), name: textOf(each, 'principalDisplayName') }));
  }

  async assign(principalId: string, userId: string): Promise<boolean> {
    const answer = await this.graph.found({
      method: 'POST',
      path: `/servicePrincipals/${principalId}/appRoleAssignedTo`,
      body: { principalId: userId, resourceId: principalId, appRoleId: zero },
      doing: 'Assigning the user to the app',
    });
    return answer !== undefined;
  }

  async consents(principalId: string): Promise<Consent[]> {
    const path = `/servicePrincipals/${principalId}/oauth2PermissionGrants`;
    const found = await this.graph.list({ path, doing: 'Reading the consent that the app has' });
    return found.map((each) => ({
      id: textOf(each, 'id'),
      forAll: textOf(each, 'consentType') === 'AllPrincipals',
      userId: textOf(each, 'principalId'),
      resourceId: textOf(each, 'resourceId'),
      scopes: textOf(each, 'scope')
        .split(' ')
        .filter((scope) => scope !== ''),
    }));
  }

  /** Consents for one user alone. */
  async consent(principalId: string, userId: string, grant: { resourceId: string; scope: string }): Promise<boolean> {
    const doing = 'Consenting for the user';
    const body = { clientId: principalId, consentType: 'Principal', principalId: userId, ...grant };
    const consent = (more = {}) =>
      this.graph.ask({ method: 'POST', path: '/oauth2PermissionGrants', body: { ...body, ...more }, doing });
    let answer = await consent();
    // Some tenants demand times that version 1.0 does not document. Graph does not go by them.
    if (answer.status === 400 && /startTime|expiryTime/i.test(reasonOf(answer))) answer = await consent(times());
    if (answer.status === 404) return false;
    if (!succeeded(answer)) throw this.graph.refusal(answer, doing);
    return true;
  }

  async changeConsent(id: string, scope: string): Promise<void> {
    const doing = 'Correcting the consent of the user';
    await this.graph.success({ method: 'PATCH', path: `/oauth2PermissionGrants/${id}`, body: { scope }, doing });
  }
}

function times() {
  const now = Date.now();
  return { startTime: new Date(now).toISOString(), expiryTime: new Date(now + tenYears).toISOString() };
}

export function readPrincipal(json: unknown): Principal {
  const principal = fieldsOf(json);
  const id = textOf(principal, 'id');
  if (id === '') throw lacking('The enterprise application', 'id');
  return {
    id,
    name: textOf(principal, 'displayName'),
    assignmentRequired: principal.appRoleAssignmentRequired === true,
    enabled: principal.accountEnabled !== false,
  };
}
