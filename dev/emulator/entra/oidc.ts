import { randomUUID } from 'node:crypto';
import { presented } from '../azure-devops/credentials';
import { signIn } from '../azure-devops/sign-in-answers';
import type { ServiceConnection } from '../model';
import { type Answer, envelope, Refusal } from '../requests/answers';
import { type Exchange, requireApiVersion } from '../requests/exchange';
import type { State } from '../state';
import { type Claims, signJwt } from './jwt';

const lifetimeSeconds = 10 * 60;
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A token in which the service states that a job may use this connection; `changes` replace claims. */
export function identityToken(state: State, connection: ServiceConnection, changes: Claims = {}): string {
  const { issuer, subject, audience } = state.federatedCredentialOf(connection);
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
  const connection = find(id, decodeURIComponent(exchange.route[0] ?? ''), state);
  if (!connection) {
    const text = `The service connection with id ${id} could not be found or is not authorized for this pipeline.`;
    return envelope(404, 'ServiceEndpointNotFoundException', text);
  }
  return { status: 200, json: { oidcToken: identityToken(state, connection) } };
}

/** Of the project in the path; the emulator knows projects by their names, so any id will do. */
function find(id: string, project: string, state: State): ServiceConnection | undefined {
  return state.serviceConnections.find(
    (connection) =>
      connection.id === id.toLowerCase() &&
      (guid.test(project) || connection.project.toLowerCase() === project.toLowerCase()),
  );
}
