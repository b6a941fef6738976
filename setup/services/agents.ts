import type { Answer } from '../../src/http/answer';
import { fieldsOf } from '../../src/json';
import { type Application, readApplication } from './application-json';
import { readUser, type User, userFields } from './directory';
import { type Principal, readPrincipal } from './principals';
import { lacking, literal, type Question, type Rest, reasonOf, succeeded, textOf } from './rest';

/** A service principal that a blueprint speaks for. https://learn.microsoft.com/graph/api/resources/agentidentity */
export interface AgentIdentity {
  /** Object id. */
  id: string;
  /** What it signs in as. */
  clientId: string;
  /** Application id of its blueprint. */
  blueprintId: string;
}

/** The user of an agent identity, who has no sign-in of their own. */
export interface AgentUser extends User {
  /** Object id of the agent identity; empty where this is a user like any other. */
  identityId: string;
}

/**
 * Blueprints, agent identities and their users, through Microsoft Graph, which refuses the tokens of Azure CLI there.
 * What was made a moment ago is not known everywhere: what depends on it returns undefined then, and can be repeated.
 */
export class Agents {
  constructor(
    readonly graph: Rest,
    /** Agent users are made in the beta version alone. */
    readonly beta: Rest,
  ) {}

  /** Identities of a name, of any blueprint: Entra does not keep names unique. */
  async identities(name: string): Promise<AgentIdentity[]> {
    const filter = encodeURIComponent(`displayName eq ${literal(name)}`);
    const path = `/servicePrincipals?$filter=${filter}`;
    const found = await this.graph.list({ path, doing: 'Looking for the agent identity' });
    return found.filter((each) => textOf(each, 'servicePrincipalType') === 'ServiceIdentity').map(readIdentity);
  }

  /** @param key as a path names it: `/{object id}` or `(appId='…')`. */
  async identity(key: string): Promise<AgentIdentity | undefined> {
    const path = `/servicePrincipals${key}`;
    const answer = await this.graph.found({ path, doing: 'Reading the agent identity' });
    return answer && readIdentity(fieldsOf(answer.json));
  }

  /** @param key object id or user principal name. */
  async user(key: string): Promise<AgentUser | undefined> {
    const path = `/users/${encodeURIComponent(key)}?${userFields},identityParentId`;
    const answer = await this.beta.found({ path, doing: 'Looking for the agent user' });
    return answer && readAgentUser(answer);
  }

  /** @param sponsorId object id of the user who answers for the agents. */
  async createBlueprint(name: string, sponsorId: string): Promise<Application> {
    const answer = await this.graph.success({
      method: 'POST',
      path: '/applications/microsoft.graph.agentIdentityBlueprint',
      body: { displayName: name, ...sponsoredBy(sponsorId), 'owners@odata.bind': usersAt(sponsorId) },
      doing: 'Creating the blueprint',
    });
    return readApplication(answer.json);
  }

  async createPrincipal(blueprintId: string): Promise<Principal | undefined> {
    const answer = await this.#make({
      path: '/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal',
      body: { appId: blueprintId },
      doing: 'Creating the service principal of the blueprint',
    });
    return answer && readPrincipal(answer.json);
  }

  async createIdentity(name: string, blueprintId: string, sponsorId: string): Promise<AgentIdentity | undefined> {
    const answer = await this.#make({
      path: '/servicePrincipals/microsoft.graph.agentIdentity',
      body: { displayName: name, agentIdentityBlueprintId: blueprintId, ...sponsoredBy(sponsorId) },
      doing: 'Creating the agent identity',
    });
    return answer && readIdentity(fieldsOf(answer.json));
  }

  async createUser(upn: string, name: string, identityId: string): Promise<AgentUser | undefined> {
    const body = {
      '@odata.type': 'microsoft.graph.agentUser',
      displayName: name,
      userPrincipalName: upn,
      mailNickname: upn.split('@')[0],
      accountEnabled: true,
      identityParentId: identityId,
    };
    const answer = await this.#make({ path: '/users', body, doing: 'Creating the agent user' }, this.beta);
    return answer && readAgentUser(answer);
  }

  /** Done as well where it is gone already. */
  async removeUser(id: string): Promise<void> {
    await this.graph.found({ method: 'DELETE', path: `/users/${id}`, doing: 'Deleting the agent user' });
  }

  /** Done as well where it is gone already. */
  async removeIdentity(id: string): Promise<void> {
    const doing = 'Deleting the agent identity';
    await this.graph.found({ method: 'DELETE', path: `/servicePrincipals/${id}`, doing });
  }

  /** Makes something; undefined where Graph does not know yet what it belongs to. */
  async #make(question: Question, rest = this.graph): Promise<Answer | undefined> {
    const answer = await rest.ask({ ...question, method: 'POST' });
    const early = answer.status === 404 || (answer.status === 400 && /not (found|exist)/i.test(reasonOf(answer)));
    if (early) return undefined;
    if (!succeeded(answer)) throw rest.refusal(answer, question.doing);
    return answer;
  }
}

function sponsoredBy(userId: string) {
  return { 'sponsors@odata.bind': usersAt(userId) };
}

/** References are to Graph's public address, wherever it is reached. */
function usersAt(id: string): string[] {
  return [`https://graph.microsoft.com/v1.0/users/${id}`];
}

function readIdentity(json: Record<string, unknown>): AgentIdentity {
  const identity = {
    id: textOf(json, 'id'),
    clientId: textOf(json, 'appId'),
    blueprintId: textOf(json, 'agentIdentityBlueprintId'),
  };
  if (identity.id === '') throw lacking('The agent identity', 'id');
  if (identity.clientId === '') throw lacking('The agent identity', 'appId');
  return identity;
}

function readAgentUser(answer: Answer): AgentUser {
  return { ...readUser(answer.json), identityId: textOf(fieldsOf(answer.json), 'identityParentId') };
}
