import { holds, inputsOf, parseVisibleRule } from './visible-rule';

/** What a form shows of a `task.json`. */
export interface TaskManifest {
  name: string;
  friendlyName: string;
  description: string;
  helpMarkDown?: string;
  version: { Major: number };
  instanceNameFormat: string;
  groups?: InputGroup[];
  inputs: TaskInput[];
  dataSourceBindings?: DataSourceBinding[];
}

export interface InputGroup {
  name: string;
  displayName: string;
  isExpanded?: boolean;
  visibleRule?: string;
}

export interface TaskInput {
  name: string;
  type: string;
  label: string;
  defaultValue?: string | boolean;
  required?: boolean;
  helpMarkDown?: string;
  groupName?: string;
  visibleRule?: string;
  options?: Record<string, string>;
  properties?: { EditableOptions?: string; rows?: string };
}

/** Where the platform gets what a list offers. */
export interface DataSourceBinding {
  target: string;
  endpointId: string;
  endpointUrl: string;
  resultSelector: string;
  resultTemplate: string;
}

/** What is filled in, by the name of the input; booleans as `true` and `false`. */
export type InputValues = Record<string, string>;

/** Some fields of a form under one heading; those without a group come first, without a heading. */
export interface Section {
  group?: InputGroup;
  inputs: TaskInput[];
}

/** What stands in the form of a step that was just added. */
export function defaultValues({ inputs }: TaskManifest): InputValues {
  return Object.fromEntries(inputs.map(({ name, defaultValue }) => [name, String(defaultValue ?? '')]));
}

/**
 * What a form shows, in the order in which it shows it. A group without a visible input is left out.
 * @throws for a rule that is not understood, or that asks about an input that does not exist.
 */
export function visibleSections(manifest: TaskManifest, values: InputValues): Section[] {
  const shown = (rule: string | undefined) => rule === undefined || isShown(rule, manifest, values);
  const inputs = manifest.inputs.filter(({ visibleRule }) => shown(visibleRule));
  const sections: Section[] = [{ inputs: inputs.filter(({ groupName }) => groupName === undefined) }];
  for (const group of manifest.groups ?? []) {
    if (!shown(group.visibleRule)) continue;
    sections.push({ group, inputs: inputs.filter(({ groupName }) => groupName === group.name) });
  }
  return sections.filter(({ inputs: ofSection }) => ofSection.length > 0);
}

/** The inputs that a form shows, in its order. */
export function visibleInputs(manifest: TaskManifest, values: InputValues): TaskInput[] {
  return visibleSections(manifest, values).flatMap(({ inputs }) => inputs);
}

function isShown(text: string, { name, inputs }: TaskManifest, values: InputValues): boolean {
  const rule = parseVisibleRule(text);
  const stranger = inputsOf(rule).find((input) => !inputs.some((known) => known.name === input));
  if (stranger !== undefined) {
    throw new Error(`The visibleRule "${text}" of ${name} asks about ${stranger}, which is no input of this task.`);
  }
  return holds(rule, values);
}

/** What a step is called unless its author names it: the format of the manifest with the values filled in. */
export function defaultStepName({ instanceNameFormat }: TaskManifest, values: InputValues): string {
  return instanceNameFormat.replace(/\$\((\w+)\)/g, (_, name: string) => values[name] ?? '');
}
