/** The value of a JSON text; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The fields of an object, unchecked; none where it is no object. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

/**
 * The text of the field of this name in any case, trimmed; empty where there is none. A number counts as its digits: a
 * limit that is written as one must hold too.
 */
export function textIn(fields: Record<string, unknown>, name: string): string {
  const wanted = name.toLowerCase();
  const found = Object.keys(fields).find((key) => key.toLowerCase() === wanted);
  const value = found === undefined ? undefined : fields[found];
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}

/** Whether a value is an object: what its fields are is for the caller to check. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
