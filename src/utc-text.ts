/**
 * A moment as ISO 8601 text in UTC, such as 2026-01-31T09:30:00.000Z.
 *
 * Not by Date's own toISOString, whose first call makes Node 20 load 0.9 MB of data about time zones. That one writes the
 * years that do not have four digits, and refuses what is no moment.
 * @param milliseconds since 1970, UTC.
 * @throws RangeError for NaN and what is too far away for a Date.
 */
export function utcText(milliseconds: number): string {
  const date = new Date(milliseconds);
  const year = date.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) return date.toISOString();
  const day = `${digits(year, 4)}-${digits(date.getUTCMonth() + 1)}-${digits(date.getUTCDate())}`;
  const minute = `${digits(date.getUTCHours())}:${digits(date.getUTCMinutes())}`;
  return `${day}T${minute}:${digits(date.getUTCSeconds())}.${digits(date.getUTCMilliseconds(), 3)}Z`;
}

function digits(value: number, count = 2): string {
  return String(value).padStart(count, '0');
}
