import { Document, Scalar, YAMLMap } from 'yaml';
import { type InputValues, type TaskInput, type TaskManifest, visibleInputs } from './manifests/task-manifest';

/** What of a step is not an input. */
export interface StepKeys {
  /** Empty: the step is called as its manifest says. */
  displayName?: string;
}

/**
 * Writes the step that a form describes, as one item of the list under `steps:`. An input is written if it differs from
 * its default; what the form hides is left out, also where it still holds a value. A required input that is empty is named in a
 * comment.
 */
export function stepYaml(manifest: TaskManifest, values: InputValues, { displayName = '' }: StepKeys = {}): string {
  const shown = visibleInputs(manifest, values);
  const inputs = new YAMLMap<Scalar<string>, Scalar<string | boolean>>();
  for (const input of shown) {
    const value = values[input.name] ?? '';
    if (value === String(input.defaultValue ?? '')) continue;
    inputs.add({ key: new Scalar(input.name), value: scalarOf(input, value) });
  }
  const document = new Document([]);
  const step = new YAMLMap();
  step.set('task', `${manifest.name}@${manifest.version.Major}`);
  if (displayName !== '') step.set('displayName', displayName);
  if (inputs.items.length > 0) step.set('inputs', inputs);
  document.add(step);
  // Folded lines are the same text, and look like another one.
  const yaml = document.toString({ lineWidth: 0, singleQuote: true });
  const missing = missingInputs(manifest, values).map(({ name }) => name);
  return missing.length > 0 ? `# Still to be filled in: ${missing.join(', ')}\n${yaml}` : yaml;
}

/** The inputs that a form shows, that are required, and that are empty. */
export function missingInputs(manifest: TaskManifest, values: InputValues): TaskInput[] {
  return visibleInputs(manifest, values).filter(({ name, required }) => required && (values[name] ?? '').trim() === '');
}

function scalarOf({ type }: TaskInput, value: string): Scalar<string | boolean> {
  if (type === 'boolean' && (value === 'true' || value === 'false')) return new Scalar(value === 'true');
  const scalar = new Scalar(value);
  if (value.includes('\n')) scalar.type = Scalar.BLOCK_LITERAL;
  return scalar;
}
