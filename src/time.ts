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

/**
 * A moment as ISO 8601 text in UTC, such as 2026-01-31T09:30:00.000Z.
 *
 * Not by Date's own toISOString, whose first call makes Node 20 load 0.9 MB of data about time zones. That one writes the
 * years that do not have four digits, and refuses what is no moment.
 * @param milliseconds since 1970, UTC.
 * @throws RangeError for NaN and what is too far away for a Date.
 */
export function utcText(milliseconds: number): string {
  const moment = new Date(milliseconds);
  const year = moment.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) return moment.toISOString();
  const date = `${digits(year, 4)}-${digits(moment.getUTCMonth() + 1)}-${digits(moment.getUTCDate())}`;
  const minute = `${digits(moment.getUTCHours())}:${digits(moment.getUTCMinutes())}`;
  return `${date}T${minute}:${digits(moment.getUTCSeconds())}.${digits(moment.getUTCMilliseconds(), 3)}Z`;
}

function digits(value: number, count = 2): string {
  return String(value).padStart(count, '0');
}
