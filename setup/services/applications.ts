import type { Answer } from '../../src/http/answer';
import { Secret } from '../../src/secret';
import { azureDevOpsId, tokenExchange } from '../../src/sign-in/token-endpoint';
import {
  type Application,
  type ClientSecret,
  type FederatedCredential,
  readApplication,
  readSecrets,
} from './application-json';
import { lacking, literal, type Rest, textOf } from './rest';

const selected =
  '$select=id,appId,displayName,signInAudience,web,spa,publicClient,isFallbackPublicClient,requiredResourceAccess,passwordCredentials';
const audiences = [tokenExchange];

/** App registrations of the tenant, through Microsoft Graph. */
export class Applications {
  constructor(readonly graph: Rest) {}

  /** Every app registration of a name: Entra does not keep names unique. */
  async named(name: string): Promise<Application[]> {
    const filter = encodeURIComponent(`displayName eq ${literal(name)}`);
    const found = await this.graph.list({
      path: `/applications?$filter=${filter}&${selected}`,
      doing: 'Looking for the app registration',
    });
    return found.map(readApplication);
  }

  async withClientId(clientId: string): Promise<Application | undefined> {
    const path = `/applications(appId='${encodeURIComponent(clientId)}')?${selected}`;
    return readFound(await this.graph.found({ path, doing: 'Reading the app registration' }));
  }

  async create(name: string, redirectUri: string, permissions: string[]): Promise<Application> {
    const answer = await this.graph.success({
      method: 'POST',
      path: '/applications',
      body: {
        displayName: name,
        signInAudience: 'AzureADMyOrg',
        isFallbackPublicClient: false,
        web: { redirectUris: [redirectUri] },
        requiredResourceAccess: [requirement(permissions)],
      },
      doing: 'Creating the app registration',
    });
    return readApplication(answer.json);
  }

  /** Gives an app registration a redirect URI and the permissions of another run beside what it has. */
  async complete(app: Application, redirectUri: string, permissions: string[]): Promise<void> {
    await this.graph.success({
      method: 'PATCH',
      path: `/applications/${app.id}`,
      body: {
        web: { redirectUris: [...new Set([...app.redirectUris, redirectUri])] },
        requiredResourceAccess: [requirement(permissions)],
      },
      doing: 'Completing the app registration',
    });
  }

  async remove(id: string): Promise<void> {
    await this.graph.found({ method: 'DELETE', path: `/applications/${id}`, doing: 'Deleting the app registration' });
  }

  /** @param endsOn milliseconds since 1970, UTC. */
  async addSecret(id: string, name: string, endsOn: number): Promise<{ keyId: string; secret: Secret }> {
    const answer = await this.graph.success({
      method: 'POST',
      path: `/applications/${id}/addPassword`,
      body: { passwordCredential: { displayName: name, endDateTime: new Date(endsOn).toISOString() } },
      doing: 'Creating a client secret',
    });
    const text = answer.field('secretText');
    const keyId = answer.field('keyId');
    if (typeof text !== 'string' || text === '') throw lacking('The client secret', 'secretText');
    if (typeof keyId !== 'string') throw lacking('The client secret', 'keyId');
    return { keyId, secret: new Secret(text) };
  }

  /** Done as well where the secret is gone already. */
  async removeSecret(id: string, keyId: string): Promise<void> {
    const doing = 'Removing a client secret';
    const answer = await this.graph.ask({
      method: 'POST',
      path: `/applications/${id}/removePassword`,
      body: { keyId },
      doing,
      cleansUp: true,
    });
    const gone = answer.status === 404 || /no password credential found/i.test(JSON.stringify(answer.json ?? ''));
    if (answer.status >= 300 && !gone) throw this.graph.refusal(answer, doing);
  }

  /** The secrets that an app registration has at this moment, also while the command cleans up. */
  async secretsOf(id: string): Promise<ClientSecret[]> {
    const answer = await this.graph.found({
      path: `/applications/${id}?$select=id,passwordCredentials`,
      doing: 'Reading the client secrets of the app',
      cleansUp: true,
    });
    return answer ? readSecrets(answer.field('passwordCredentials')) : [];
  }

  async federatedCredentials(id: string): Promise<FederatedCredential[]> {
    const found = await this.graph.list({
      path: `/applications/${id}/federatedIdentityCredentials`,
      doing: 'Reading the federated credentials of the app',
    });
    return found.map((each) => ({
      id: textOf(each, 'id'),
      name: textOf(each, 'name'),
      issuer: textOf(each, 'issuer'),
      subject: textOf(each, 'subject'),
    }));
  }

  async addFederatedCredential(id: string, credential: Omit<FederatedCredential, 'id'>): Promise<void> {
    await this.graph.success({
      method: 'POST',
      path: `/applications/${id}/federatedIdentityCredentials`,
      body: { ...credential, audiences, description: 'Jobs that may use the service connection of this name' },
      doing: 'Creating the federated credential',
    });
  }

  async removeFederatedCredential(id: string, credentialId: string): Promise<void> {
    await this.graph.found({
      method: 'DELETE',
      path: `/applications/${id}/federatedIdentityCredentials/${credentialId}`,
      doing: 'Removing the federated credential',
    });
  }
}

function requirement(permissions: string[]) {
  return { resourceAppId: azureDevOpsId, resourceAccess: permissions.map((id) => ({ id, type: 'Scope' })) };
}

function readFound(answer: Answer | undefined): Application | undefined {
  return answer && readApplication(answer.json);
}
