import { randomUUID } from 'node:crypto';
import { presented } from '../azure-devops/credentials';
import { signIn } from '../azure-devops/sign-in-answers';
import type { FederatedCredential } from '../directory/entities';
import type { ServiceConnection } from '../model';
import { type Answer, envelope, notKnown, Refusal } from '../requests/answers';
import { type Exchange, requireApiVersion } from '../requests/exchange';
import { guid } from '../requests/guid';
import { credentialOf, olderIssuer } from '../service-endpoints/federation';
import type { State } from '../state';
import { type Claims, signJwt } from './jwt';

const lifetimeSeconds = 10 * 60;
/** Announced in the release notes of sprint 276. */
const endOfOlderIssuer = Date.parse('2027-07-01T00:00:00Z');

/** A token in which the service states that a job may use this connection; `changes` replace claims. */
export function identityToken(state: State, connection: ServiceConnection, changes: Claims = {}): string {
  return signIdentity(state, state.federatedCredentialOf(connection), changes);
}

/** The same, of what is stated. */
export function signIdentity(state: State, stated: FederatedCredential, changes: Claims = {}): string {
  const { issuer, subject, audience } = stated;
  const now = Math.floor(state.clock.now() / 1000);
  const claims = { jti: randomUUID(), iss: issuer, sub: subject, aud: audience, iat: now, nbf: now };
  return signJwt({ ...claims, exp: now + lifetimeSeconds, ...changes }, 'identity');
}

/** `POST {project}/_apis/distributedtask/hubs/{hub}/plans/{planId}/jobs/{jobId}/oidctoken`, for the job's own token. */
export function issueIdentityToken(exchange: Exchange, state: State): Answer {
  const credential = presented(exchange);
  if (credential?.scheme !== 'bearer' || credential.value !== state.jobAccessToken) {
    throw new Refusal(signIn(exchange, state));
  }
  requireApiVersion(exchange, (version) => /^7\.1$|^7\.[12]-preview(\.1)?$/.test(version), '7.2');
  // Clients send nothing, or an object without anything in it.
  if (exchange.record.body.trim() !== '') exchange.json();
  const id = exchange.query('serviceConnectionId');
  if (id === undefined) {
    return { status: 501, json: { error: 'The emulator knows only identity tokens of service connections' } };
  }
  const stated = find(id, decodeURIComponent(exchange.route[0] ?? ''), state);
  if (!stated) {
    const text = `The service connection with id ${id} could not be found or is not authorized for this pipeline.`;
    return envelope(404, 'ServiceEndpointNotFoundException', text);
  }
  if (stated.issuer.startsWith(olderIssuer) && state.clock.now() >= endOfOlderIssuer) {
    throw notKnown('for a connection of the older issuer, which ended on 1 July 2027');
  }
  return { status: 200, json: { oidcToken: signIdentity(state, stated) } };
}

/** What a connection of the project in the path is stated to be; a job may name its project by any id. */
function find(id: string, project: string, state: State): FederatedCredential | undefined {
  const isNamed = (name: string | undefined) => guid.test(project) || name?.toLowerCase() === project.toLowerCase();
  const endpoint = state.collection.endpoints.find(id);
  if (endpoint) {
    if (endpoint.isDisabled) throw notKnown('for the identity token of a connection that is disabled');
    const used = endpoint.projects.filter((one) => isNamed(state.projects.find((known) => known.id === one.id)?.name));
    const own = used.find((one) => one.id === project.toLowerCase()) ?? used[0];
    return own && credentialOf(endpoint, own.id, state);
  }
  const connection = state.serviceConnections.find((one) => one.id === id.toLowerCase() && isNamed(one.project));
  return connection && state.federatedCredentialOf(connection);
}
