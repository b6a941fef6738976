import type { StoredConnection } from '../azure-devops/connections/stored-connection';
import { maxAgeDays } from '../sign-in/issuer-notes';
import { day, timeOf, utcText } from '../time';

/** The field that says since when a refresh token is stored. */
export const storedOnField = 'refreshTokenStoredOn';

/** When the refresh token of a connection was stored: milliseconds since 1970, UTC; undefined where that is not known. */
export function storedOnOf(connection: StoredConnection): number | undefined {
  return timeOf(connection.plain(storedOnField));
}

/** When a refresh token ends that was stored then: ISO 8601, UTC; empty where that is not known, or no Date can be so late. */
export function expiryOf(storedOn: number | undefined): string {
  const end = (storedOn ?? Number.NaN) + maxAgeDays * day;
  return Number.isNaN(new Date(end).getTime()) ? '' : utcText(end);
}
