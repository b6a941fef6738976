/** What an expression cannot do; before the job starts this refuses the job, later it fails the step. */
export class ExpressionProblem extends Error {
  override readonly name = 'ExpressionProblem';
}

/** A version of two to four parts, as `System.Version` of .NET orders it. */
export class Version {
  readonly parts: readonly number[];

  constructor(parts: readonly number[]) {
    this.parts = parts;
  }
}

/** Null is a variable that does not exist; an array is what `split` returns. */
export type Value = boolean | null | number | string | Version | readonly string[];

// The casts follow https://learn.microsoft.com/azure/devops/pipelines/process/expressions#type-casting: undefined stands for
// a value that cannot be converted.

export function toBoolean(value: Value): boolean {
  return Boolean(value);
}

export function toText(value: Value): string | undefined {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value instanceof Version) return value.parts.join('.');
  return typeof value === 'object' ? undefined : String(value);
}

export function toNumber(value: Value): number | undefined {
  if (value === null || value === '') return 0;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'string') return typeof value === 'number' ? value : undefined;
  const isNumber = /^\s*[+-]?(\d[\d,]*(\.\d*)?|\.\d+)\s*$/.test(value);
  return isNumber ? Number(value.replace(/[\s,]/g, '')) : undefined;
}

export function toVersion(value: Value): Version | undefined {
  if (value instanceof Version) return value;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value);
  if (!/^\s*\d+\s*(\.\s*\d+\s*){1,3}$/.test(text)) return undefined;
  const parts = text.split('.').map(Number);
  return parts.every((part) => part < 2 ** 31) ? new Version(parts) : undefined;
}

/** Whether two values are equal; the right one is converted to the type of the left one, and is another where it cannot be. */
export function areEqual(left: Value, right: Value): boolean {
  if (left === null) return right === null || right === '';
  return order(left, right) === 0;
}

/**
 * How the left value stands to the right one, which is converted to its type: below zero, zero, or above.
 * @throws ExpressionProblem where it cannot be converted.
 */
export function compare(left: Value, right: Value): number {
  const result = order(left ?? 0, right);
  if (result === undefined) throw new ExpressionProblem(`'${shown(right)}' cannot be compared with '${shown(left)}'.`);
  return result;
}

function order(left: Exclude<Value, null>, right: Value): number | undefined {
  if (typeof left === 'boolean') return Number(left) - Number(toBoolean(right));
  if (typeof left === 'number') return difference([left], [toNumber(right)]);
  if (left instanceof Version) return difference(left.parts, toVersion(right)?.parts);
  const text = toText(right);
  return typeof left === 'string' && text !== undefined ? difference(codesOf(left), codesOf(text)) : undefined;
}

/** By the first part that differs; where there is none, the shorter list comes first. */
function difference(left: readonly number[], right: readonly (number | undefined)[] | undefined): number | undefined {
  if (right === undefined || right.includes(undefined)) return undefined;
  const index = left.findIndex((part, position) => part !== right[position]);
  if (index < 0) return left.length - right.length;
  return (left[index] ?? 0) - (right[index] ?? Number.NEGATIVE_INFINITY);
}

function codesOf(text: string): number[] {
  return Array.from(foldCase(text), (letter) => letter.codePointAt(0) ?? 0);
}

/** Casing is ignored one character at a time, so that no text gets longer. */
export function foldCase(text: string): string {
  return Array.from(text, (letter) => {
    const upper = letter.toUpperCase();
    return upper.length === letter.length ? upper : letter;
  }).join('');
}

/** A value as a text. @throws ExpressionProblem for an array, which is none. */
export function textOf(value: Value): string {
  const text = toText(value);
  if (text === undefined) throw new ExpressionProblem(`The list '${shown(value)}' stands where a text is expected.`);
  return text;
}

function shown(value: Value): string {
  return toText(value) ?? String(value);
}
