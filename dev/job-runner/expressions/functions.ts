import type { JobOutcome } from '../results';
import { areEqual, compare, ExpressionProblem, foldCase, textOf, toBoolean, type Value } from './values';

/** What an expression can ask for while a job runs. */
export interface ExpressionState {
  /** How the job stands so far. */
  status: JobOutcome;
  variable(name: string): string | undefined;
}

/** A part of an expression, which is evaluated where its value is needed, and not before. */
export type Expression = (state: ExpressionState) => Value;

interface ExpressionFunction {
  min: number;
  max: number;
  evaluate(parameters: readonly Expression[], state: ExpressionState): Value;
}

/** A function that needs the values of all its parameters. */
function ofValues(min: number, max: number, evaluate: (values: Value[]) => Value): ExpressionFunction {
  return { min, max, evaluate: (parameters, state) => evaluate(parameters.map((parameter) => parameter(state))) };
}

/** A function of two values. */
function ofTwo(evaluate: (left: Value, right: Value) => Value): ExpressionFunction {
  return ofValues(2, 2, ([left = null, right = null]) => evaluate(left, right));
}

/** A function of as many texts. */
function ofTexts(count: number, evaluate: (...texts: string[]) => Value): ExpressionFunction {
  return ofValues(count, count, (values) => evaluate(...values.map(textOf)));
}

/** Two texts that are compared without regard to casing. */
function ofFoldedTexts(evaluate: (left: string, right: string) => boolean): ExpressionFunction {
  return ofTexts(2, (left = '', right = '') => evaluate(foldCase(left), foldCase(right)));
}

function isStatus(...outcomes: readonly JobOutcome[]): ExpressionFunction {
  return { min: 0, max: 0, evaluate: (_parameters, { status }) => outcomes.includes(status) };
}

/** The value of the first parameter that passes; undefined where none does. Those after it are not evaluated. */
function firstOf(
  parameters: readonly Expression[],
  state: ExpressionState,
  passes: (value: Value) => boolean,
): Value | undefined {
  for (const parameter of parameters) {
    const value = parameter(state);
    if (passes(value)) return value;
  }
  return undefined;
}

function isAny([left, ...others]: readonly Expression[], state: ExpressionState): boolean {
  const value = left?.(state) ?? null;
  return firstOf(others, state, (other) => areEqual(value, other)) !== undefined;
}

const many = Number.POSITIVE_INFINITY;

/** https://learn.microsoft.com/azure/devops/pipelines/process/expressions#functions, by name in lower case. */
const functions: Readonly<Record<string, ExpressionFunction>> = {
  always: { min: 0, max: 0, evaluate: () => true },
  canceled: isStatus('Canceled'),
  failed: isStatus('Failed'),
  succeeded: isStatus('Succeeded', 'SucceededWithIssues'),
  succeededorfailed: isStatus('Succeeded', 'SucceededWithIssues', 'Failed'),

  and: {
    min: 2,
    max: many,
    evaluate: (all, state) => firstOf(all, state, (value) => !toBoolean(value)) === undefined,
  },
  or: { min: 2, max: many, evaluate: (all, state) => firstOf(all, state, toBoolean) !== undefined },
  xor: ofTwo((left, right) => toBoolean(left) !== toBoolean(right)),
  not: ofValues(1, 1, ([value = null]) => !toBoolean(value)),
  iif: {
    min: 3,
    max: 3,
    evaluate: ([test, yes, no], state) => (toBoolean(test?.(state) ?? null) ? yes : no)?.(state) ?? null,
  },
  coalesce: {
    min: 2,
    max: many,
    evaluate: (all, state) => firstOf(all, state, (value) => value !== null && value !== '') ?? null,
  },

  eq: ofTwo(areEqual),
  ne: ofTwo((left, right) => !areEqual(left, right)),
  lt: ofTwo((left, right) => compare(left, right) < 0),
  le: ofTwo((left, right) => compare(left, right) <= 0),
  gt: ofTwo((left, right) => compare(left, right) > 0),
  ge: ofTwo((left, right) => compare(left, right) >= 0),
  in: { min: 1, max: many, evaluate: isAny },
  notin: { min: 1, max: many, evaluate: (all, state) => !isAny(all, state) },

  contains: ofFoldedTexts((text, part) => text.includes(part)),
  startswith: ofFoldedTexts((text, part) => text.startsWith(part)),
  endswith: ofFoldedTexts((text, part) => text.endsWith(part)),
  containsvalue: ofTwo((list, value) => isList(list) && list.some((item) => areEqual(value, item))),
  join: ofTwo((separator, list) => (isList(list) ? list.join(textOf(separator)) : textOf(list))),
  length: ofValues(1, 1, ([value = null]) => (isList(value) ? value : textOf(value)).length),
  lower: ofTexts(1, (text = '') => text.toLowerCase()),
  upper: ofTexts(1, (text = '') => text.toUpperCase()),
  trim: ofTexts(1, (text = '') => text.trim()),
  replace: ofTexts(3, (text = '', from = '', to = '') => replaceAll(text, from, to)),
  split: ofTexts(2, (text = '', delimiters = '') => splitAt(text, delimiters)),
  format: ofValues(1, many, ([template = null, ...values]) => fillTemplate(textOf(template), values)),
};

function isList(value: Value): value is readonly string[] {
  return Array.isArray(value);
}

function replaceAll(text: string, from: string, to: string): string {
  if (from === '') throw new ExpressionProblem('replace() needs a text that it replaces.');
  return text.split(from).join(to);
}

/** Each character of the delimiters ends a part. */
function splitAt(text: string, delimiters: string): string[] {
  if (delimiters === '') throw new ExpressionProblem('split() needs a delimiter.');
  const parts = [''];
  for (const letter of text) {
    if (delimiters.includes(letter)) parts.push('');
    else parts.push(`${parts.pop()}${letter}`);
  }
  return parts;
}

/** Fills in `{0}`; doubled braces stand for one. @throws ExpressionProblem for any other brace, such as that of a date's format. */
export function fillTemplate(template: string, values: readonly Value[]): string {
  return template.replace(/\{\{|\}\}|\{(\d+)\}|[{}]/g, (found, index?: string) => {
    const value = index === undefined ? undefined : values[Number(index)];
    if (value !== undefined) return textOf(value);
    if (found === '{{' || found === '}}') return found.charAt(0);
    throw new ExpressionProblem(`format() cannot fill in '${template}': see the brace in '${found}'.`);
  });
}

/** The function of a name in any casing. @throws ExpressionProblem where there is none, or it takes not as many parameters. */
export function functionNamed(name: string, parameters: number): ExpressionFunction {
  const found = Object.hasOwn(functions, name.toLowerCase()) ? functions[name.toLowerCase()] : undefined;
  if (found === undefined) {
    throw new ExpressionProblem(`there is no function '${name}' here; there are ${Object.keys(functions).join(', ')}.`);
  }
  if (parameters < found.min || parameters > found.max) {
    const range = found.max === many ? `at least ${found.min}` : [...new Set([found.min, found.max])].join(' to ');
    throw new ExpressionProblem(`${name}() takes ${range} parameters, not ${parameters}.`);
  }
  return found;
}
