import type { StoredConnection } from '../azure-devops/connections/stored-connection';
import { maxAgeDays } from '../sign-in/issuer-notes';
import { day, timeOf } from '../time';

/** The field that says since when a refresh token is stored. */
export const storedOnField = 'refreshTokenStoredOn';

/** When the refresh token of a connection was stored: milliseconds since 1970, UTC; undefined where that is not known. */
export function storedOnOf(connection: StoredConnection): number | undefined {
  return timeOf(connection.plain(storedOnField));
}

/** When a refresh token ends that was stored then: ISO 8601; empty where that is not known. */
export function expiryOf(storedOn: number | undefined): string {
  const end = new Date((storedOn ?? Number.NaN) + maxAgeDays * day);
  return Number.isNaN(end.getTime()) ? '' : end.toISOString();
}
