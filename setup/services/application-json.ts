import { fieldsOf } from '../../src/json';
import { isObject, lacking, textOf } from './rest';

/** An app registration. https://learn.microsoft.com/graph/api/resources/application */
export interface Application {
  /** Object id. */
  id: string;
  /** What it signs in as. */
  clientId: string;
  name: string;
  signInAudience: string;
  redirectUris: string[];
  /** Whether it may sign people in without proving itself, on any platform. */
  isPublicClient: boolean;
  /** Whether agent identities are made of it. */
  isBlueprint: boolean;
  /** Applications whose permissions it asks for, with the ids of those. */
  requires: { resource: string; permissions: string[] }[];
  secrets: ClientSecret[];
}

export interface ClientSecret {
  keyId: string;
  name: string;
  /** ISO 8601, UTC; empty where Entra does not say. */
  endsOn: string;
}

/** https://learn.microsoft.com/graph/api/resources/federatedidentitycredential */
export interface FederatedCredential {
  id: string;
  name: string;
  issuer: string;
  subject: string;
}

/** An app registration as Graph answers it. @throws SetupError where it lacks an id. */
export function readApplication(json: unknown): Application {
  const app = fieldsOf(json);
  const id = textOf(app, 'id');
  const clientId = textOf(app, 'appId');
  if (id === '' || clientId === '') throw lacking('The app registration', id === '' ? 'id' : 'appId');
  const urisOf = (platform: unknown) => texts(isObject(platform) ? platform.redirectUris : undefined);
  const required = Array.isArray(app.requiredResourceAccess) ? app.requiredResourceAccess.filter(isObject) : [];
  return {
    id,
    clientId,
    name: textOf(app, 'displayName'),
    signInAudience: textOf(app, 'signInAudience'),
    redirectUris: urisOf(app.web),
    isPublicClient:
      app.isFallbackPublicClient === true || urisOf(app.publicClient).length > 0 || urisOf(app.spa).length > 0,
    isBlueprint: /agentIdentityBlueprint$/i.test(textOf(app, '@odata.type')),
    requires: required.map((each) => ({
      resource: textOf(each, 'resourceAppId'),
      permissions: (Array.isArray(each.resourceAccess) ? each.resourceAccess.filter(isObject) : []).map((access) =>
        textOf(access, 'id'),
      ),
    })),
    secrets: readSecrets(app.passwordCredentials),
  };
}

/** The client secrets of an app registration, without their values. */
export function readSecrets(value: unknown): ClientSecret[] {
  return (Array.isArray(value) ? value.filter(isObject) : []).map((secret) => ({
    keyId: textOf(secret, 'keyId'),
    name: textOf(secret, 'displayName'),
    endsOn: textOf(secret, 'endDateTime'),
  }));
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
