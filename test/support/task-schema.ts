import { mapping, type Schema, step } from './pipeline-grammar';

/** What a task.json says about an input, as far as a pipeline can get it wrong. */
export interface TaskInput {
  name: string;
  aliases?: string[];
  type: string;
  defaultValue?: string | boolean;
  required?: boolean;
  options?: Record<string, string>;
  /** `name = value`, or `!=`, joined by either `||` or `&&`. */
  visibleRule?: string;
  properties?: Record<string, string>;
}

export interface TaskManifest {
  name: string;
  version: { Major: number | string };
  inputs: TaskInput[];
}

/**
 * The step that runs a task. As in the schema that an organization gives out, inputs are known by name and alias in any
 * case, and picked values must be among the options; besides, an input that is required only where another has a certain
 * value is required there.
 */
export function taskStep({ name, version, inputs }: TaskManifest): Schema {
  const needed = inputs.filter(({ required, defaultValue }) => required && !defaultValue);
  const always = needed.filter(({ visibleRule }) => !visibleRule).map((input) => input.name);
  const sometimes = needed.filter(({ visibleRule }) => visibleRule);
  const settings = mapping(Object.fromEntries(inputs.map((input) => [input.name, inputSchema(input)])), {
    required: always,
    allOf: sometimes.map((input) => ({
      anyOf: [{ required: [input.name] }, { not: visible(input.visibleRule ?? '', inputs) }],
    })),
  });
  const reference: Schema = { type: 'string', pattern: `^${name}@${version.Major}$`, ignoreCase: 'value' };
  const whole = step('task', { inputs: settings }, reference);
  const needsSome = always.length > 0 || sometimes.some(({ visibleRule }) => isVisibleByDefault(visibleRule, inputs));
  return needsSome ? { ...whole, required: ['task', 'inputs'] } : whole;
}

function inputSchema({ type, aliases, options, properties }: TaskInput): Schema {
  const schema: Schema = { ignoreCase: 'key', ...(aliases ? { aliases } : {}) };
  if (type === 'boolean') return { ...schema, type: 'boolean' };
  if (type === 'pickList' && properties?.EditableOptions !== 'True') {
    return { ...schema, enum: Object.keys(options ?? {}) };
  }
  return { ...schema, type: 'string' };
}

interface Comparison {
  name: string;
  equal: boolean;
  value: string;
}

function comparisons(rule: string): { any: boolean; parts: Comparison[] } {
  const any = rule.includes('||');
  if (any && rule.includes('&&')) throw new Error(`Both || and && in one rule: ${rule}`);
  const parts = rule.split(any ? '||' : '&&').map((part) => {
    const [, name, sign, value] = /^\s*(\w+)\s*(!=|==?)\s*(\S+)\s*$/.exec(part) ?? [];
    if (!name || !value) throw new Error(`This rule cannot be read: ${rule}`);
    return { name, equal: sign !== '!=', value };
  });
  return { any, parts };
}

function defaultOf(name: string, inputs: readonly TaskInput[]): string {
  return String(inputs.find((input) => input.name === name)?.defaultValue ?? '');
}

function isVisibleByDefault(rule: string | undefined, inputs: readonly TaskInput[]): boolean {
  const { any, parts } = comparisons(rule ?? '');
  const holds = ({ name, equal, value }: Comparison) => (defaultOf(name, inputs) === value) === equal;
  return any ? parts.some(holds) : parts.every(holds);
}

/** Inputs that fulfil a rule; where one is not given, its default counts. */
function visible(rule: string, inputs: readonly TaskInput[]): Schema {
  const { any, parts } = comparisons(rule);
  const schemas = parts.map(({ name, equal, value }) => {
    const has: Schema = { properties: { [name]: { enum: [value] } } };
    const equals: Schema = defaultOf(name, inputs) === value ? has : { ...has, required: [name] };
    return equal ? equals : { not: equals };
  });
  return any ? { anyOf: schemas } : { allOf: schemas };
}
