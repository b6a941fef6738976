/** Milliseconds. */
export const day = 24 * 60 * 60_000;

/**
 * A time as a service or a person states it, in ISO 8601. One that states no zone is in UTC, as the services count, and
 * not in the zone of this machine.
 * @returns milliseconds since 1970, UTC; undefined for what is no time.
 */
export function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const time = Date.parse(/\dT[\d:.]+$/i.test(text) ? `${text}Z` : text);
  return Number.isNaN(time) ? undefined : time;
}
