import type { ServiceConnections } from '../azure-devops/connections/service-connections';
import type { StoredConnection } from '../azure-devops/connections/stored-connection';
import { TaskError } from '../errors';
import type { RefreshTokenCredential } from '../sign-in/user';
import type { RenewalRequest } from './inputs';

/** What is renewed, with the refresh token that it has now. */
export type Renewable = RenewalRequest & { credential: RefreshTokenCredential };

/** The type of our connections, and of those of the development edition. */
const ownType = /^AgentPoolTokenIssuer(Dev)?$/i;

/**
 * Reads the connection as the writer, and finds out whether it can be renewed without losing anything.
 * @throws TaskError `renewal-refused`, `renewal-incomplete`, or those of ServiceConnections.
 */
export async function examine(connections: ServiceConnections, renewable: Renewable): Promise<StoredConnection> {
  const { address } = renewable;
  const stored = await connections.read(address);
  if (!stored) throw new TaskError('renewal-refused', 'The writer may not read the service connection.');
  requireSame(stored, renewable);
  if (!stored.isUsable) {
    throw new TaskError('renewal-refused', 'The service connection is disabled or not ready.', {
      remedy: 'Enable it in the settings of the project, then run the step again; nothing was changed.',
    });
  }
  if (!(await connections.mayAdminister(address))) {
    throw new TaskError(
      'renewal-refused',
      'The writer is no administrator of the service connection at the level of the collection; the role in a project is not enough to change it.',
    );
  }
  return stored;
}

/**
 * Makes sure that a stored connection is the one that this job was given, with everything in it that a write needs.
 * @throws TaskError `renewal-refused` or `renewal-incomplete`.
 */
export function requireSame(stored: StoredConnection, { given, credential }: Renewable): void {
  if (!ownType.test(stored.type)) {
    throw new TaskError('renewal-refused', 'The service connection is not of the type of this extension.', {
      remedy: 'Choose a connection of the type Agent pool token issuer; nothing was changed.',
    });
  }
  const clientId = stored.plain('clientId') || stored.plain('servicePrincipalId');
  const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();
  const isSame =
    stored.isOf(given) && same(stored.plain('tenantId'), credential.tenantId) && same(clientId, credential.clientId);
  if (!isSame) {
    const what =
      'The service connection is not what this job was given: its address, scheme, tenant or client is another one.';
    throw new TaskError('renewal-refused', what, {
      remedy: 'Run the step again in a job without other steps, which could change the connection for it.',
    });
  }
  const lacking = ['refreshToken', 'clientSecret'].filter((name) => given.secret(name) && !stored.has(name));
  if (lacking.length === 0) return;
  const what = `Azure DevOps shows the service connection without ${lacking.join(' and ')}, which a write would lose.`;
  throw new TaskError('renewal-incomplete', what);
}
