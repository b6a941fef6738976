import type { TaskManifest } from '../layout';

/** The language of the manifests themselves. */
const ownCulture = 'en-US';

/** One text of a task's form: the key that the platform's own tasks give it, and where it stands in the manifest. */
interface Place {
  key: string;
  holder: Record<string, unknown>;
  field: string;
}

/** Where the texts of one language stand in a task's folder, for the server and for the task library. */
export const textsFile = (culture: string): string => `Strings/resources.resjson/${culture}/resources.resjson`;

/**
 * What the server needs to show a task in the language of the organization: the manifest with keys in place of its
 * texts, and the texts in the language of the manifest. Those in other languages stand in the source, as files.
 * Names of picks have no keys: the platform shows them as the manifest has them.
 */
export function translatable(manifest: TaskManifest): Record<string, object> {
  const texts = Object.fromEntries(placesIn(manifest).map(({ key, holder, field }) => [key, holder[field]]));
  const keyed = structuredClone(manifest);
  for (const { key, holder, field } of placesIn(keyed)) holder[field] = `ms-resource:${key}`;
  return { 'task.loc.json': keyed, [textsFile(ownCulture)]: texts };
}

function placesIn(manifest: TaskManifest): Place[] {
  const ofTask = ['friendlyName', 'helpMarkDown', 'description', 'instanceNameFormat'].map((field) => ({
    key: `loc.${field}`,
    holder: manifest,
    field,
  }));
  const ofGroups = manifest.groups.map((holder) => ({
    key: `loc.group.displayName.${holder.name}`,
    holder,
    field: 'displayName',
  }));
  const ofInputs = manifest.inputs.flatMap((holder) => [
    { key: `loc.input.label.${holder.name}`, holder, field: 'label' },
    { key: `loc.input.help.${holder.name}`, holder, field: 'helpMarkDown' },
  ]);
  return [...ofTask, ...ofGroups, ...ofInputs];
}
