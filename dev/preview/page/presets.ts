import { type ConnectionType, dialogFields, schemeField, schemesOf } from '../manifests/connection-type';
import type { Manifests } from '../manifests/manifests';
import { defaultValues, type InputValues, type TaskInput, type TaskManifest } from '../manifests/task-manifest';
import type { Theme } from './theme';

/** What an address asks for: a form, the theme, the language, and what stands in some of its fields. */
export interface Presets {
  /** In which the server has given the manifests; absent for their own. */
  language?: string;
  theme?: Theme;
  task?: TaskManifest;
  connectionType?: ConnectionType;
  values: InputValues;
}

/**
 * Reads the address of a form: its name as the path, and `theme`, `language` and the names of its fields as parameters.
 * @throws for a form, field, option or theme that does not exist.
 */
export function readPresets(manifests: Manifests, form: string, parameters: URLSearchParams): Presets {
  const task = manifests.tasks.find(({ name }) => name === form);
  const connectionType = manifests.connectionTypes.find(({ name }) => name === form);
  const { theme, language, ...values }: Record<string, string> = Object.fromEntries(parameters);
  const chosen = {
    ...(theme !== undefined && { theme: readTheme(theme) }),
    ...(language !== undefined && { language }),
  };
  if (task) {
    for (const [name, value] of Object.entries(values)) checkInput(task, name, value);
    return { ...chosen, task, values: { ...defaultValues(task), ...values } };
  }
  if (!connectionType) throw new Error(`The manifests describe no form "${form}".`);
  const severalSchemes = Object.keys(schemesOf(connectionType)).length > 1;
  const fields = dialogFields(connectionType, values[schemeField]).map(({ id }) => id);
  const known = severalSchemes ? [schemeField, ...fields] : fields;
  const stranger = Object.keys(values).find((name) => !known.includes(name));
  if (stranger !== undefined) throw new Error(`The dialog has no field "${stranger}". It has ${known.join(', ')}.`);
  return { ...chosen, connectionType, values };
}

function readTheme(name: string): Theme {
  if (name !== 'light' && name !== 'dark') throw new Error(`The theme "${name}" is neither light nor dark.`);
  return name;
}

function checkInput({ name: task, inputs }: TaskManifest, name: string, value: string): void {
  const input = inputs.find((known) => known.name === name);
  if (!input) {
    throw new Error(`${task} has no input "${name}". It has ${inputs.map((known) => known.name).join(', ')}.`);
  }
  const options = fixedOptions(input);
  if (options && !options.includes(value)) throw new Error(`${name} is none of ${options.join(', ')}: "${value}".`);
}

/** The only values that an input can have; undefined if any text can be typed. */
function fixedOptions({ type, options, properties }: TaskInput): string[] | undefined {
  if (type === 'boolean') return ['true', 'false'];
  return options && properties?.EditableOptions !== 'True' ? Object.keys(options) : undefined;
}
