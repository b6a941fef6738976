import { JobRefused } from '../refusal';

/** Values of a pipeline's parameters, by name. */
type Parameters = ReadonlyMap<string, string>;

const reference = /\$\{\{ *parameters\.(\w+) *\}\}/g;
const condition = /^\$\{\{ *if eq\( *parameters\.(\w+) *, *(?:'([^']*)'|(true|false)) *\) *\}\}$/;

/**
 * A pipeline with its parameters filled in, as the service does before a job is made of it. Of template expressions it
 * knows `${{ parameters.name }}` in a text, and `${{ if eq(parameters.name, 'value') }}:` as a key or as a step.
 * @param given values in place of the defaults.
 */
export function fillParameters(pipeline: unknown, given: Readonly<Record<string, string>>): unknown {
  if (!isMapping(pipeline)) return pipeline;
  const { parameters, ...rest } = pipeline;
  const values = valuesOf(parameters ?? [], given);
  return fill(rest, values);
}

function valuesOf(declared: unknown, given: Readonly<Record<string, string>>): Parameters {
  if (!Array.isArray(declared)) throw new JobRefused('parameters: expected a list.');
  const values = new Map(declared.map((one, index) => readParameter(one, `parameters[${index}]`, given)));
  const unknown = Object.keys(given).find((name) => !values.has(name));
  if (unknown !== undefined) throw new JobRefused(`The pipeline has no parameter '${unknown}'.`);
  return values;
}

function readParameter(declared: unknown, path: string, given: Readonly<Record<string, string>>): [string, string] {
  if (!isMapping(declared) || typeof declared.name !== 'string') throw new JobRefused(`${path}: expected a name.`);
  const { name, type = 'string', default: preset, values, displayName: _, ...others } = declared;
  const [other] = Object.keys(others);
  if (other !== undefined) throw new JobRefused(`${path}: the key '${other}' is not supported by this runner.`);
  if (type !== 'string' && type !== 'boolean') {
    throw new JobRefused(`${path}: the type '${type}' is not supported; string and boolean are.`);
  }
  const value = given[name] ?? preset;
  if (value === undefined) throw new JobRefused(`${path}: the parameter '${name}' has no value.`);
  const text = String(value);
  const allowed = type === 'boolean' ? ['true', 'false'] : values;
  if (Array.isArray(allowed) && !allowed.map(String).includes(text)) {
    throw new JobRefused(`${path}: '${text}' is none of the values of '${name}': ${allowed.join(', ')}.`);
  }
  // The service writes a boolean as .NET does.
  return [name, type === 'boolean' ? text.replace(/^./, (letter) => letter.toUpperCase()) : text];
}

function fill(value: unknown, values: Parameters): unknown {
  if (typeof value === 'string') return fillText(value, values);
  if (Array.isArray(value)) return value.flatMap((entry) => fillEntry(entry, values));
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).flatMap((pair) => fillPair(pair, values)));
}

/** A step under a condition is a mapping of that one key, with a list below. */
function fillEntry(entry: unknown, values: Parameters): unknown[] {
  const [pair, ...others] = isMapping(entry) ? Object.entries(entry) : [];
  if (!pair || others.length > 0 || !condition.test(pair[0])) return [fill(entry, values)];
  if (!Array.isArray(pair[1])) throw new JobRefused(`${pair[0]}: expected a list.`);
  return holds(pair[0], values) ? pair[1].map((below) => fill(below, values)) : [];
}

function fillPair([key, value]: [string, unknown], values: Parameters): [string, unknown][] {
  if (!condition.test(key)) return [[fillText(key, values), fill(value, values)]];
  if (!isMapping(value)) throw new JobRefused(`${key}: expected a mapping.`);
  return holds(key, values) ? Object.entries(value).flatMap((pair) => fillPair(pair, values)) : [];
}

function holds(key: string, values: Parameters): boolean {
  const [, name = '', text, flag] = condition.exec(key) ?? [];
  return valueNamed(name, values).toLowerCase() === (text ?? flag)?.toLowerCase();
}

/** Other template expressions stay, those of a parameter that is not declared too, and are refused where they stand. */
function fillText(text: string, values: Parameters): string {
  return text.replace(reference, (whole, name: string) => values.get(name) ?? whole);
}

function valueNamed(name: string, values: Parameters): string {
  const value = values.get(name);
  if (value === undefined) throw new JobRefused(`The pipeline has no parameter '${name}'.`);
  return value;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
