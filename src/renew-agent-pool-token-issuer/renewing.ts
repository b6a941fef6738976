import type { ServiceConnections } from '../azure-devops/connections/service-connections';
import type { StoredConnection } from '../azure-devops/connections/stored-connection';
import type { EntraSignIn } from '../sign-in/entra-sign-in';
import type { Online } from '../step/run-step';
import type { Renewable } from './examination';

/** The output variables of the step. */
export interface RenewalResult {
  renewed: boolean;
  /** ISO 8601, UTC; empty where nothing is known. */
  expiresOn: string;
}

/** A renewal that has begun. */
export interface Renewing extends Online {
  /** When the step has to have ended, by the monotonic clock. */
  end: number;
  signIn: EntraSignIn;
  connections: ServiceConnections;
  request: Renewable;
  /** The connection as it was read before anything was changed. */
  before: StoredConnection;
  result: RenewalResult;
}
