import type { TaskManifest } from './task-manifest';

/** The texts of a task in one language, by the keys of the platform. */
export type Texts = Record<string, string>;

/**
 * A task as a server shows it whose language is that of the texts. Names of picks have no keys, and stay.
 * @throws for a text that is missing.
 */
export function translated(manifest: TaskManifest, texts: Texts): TaskManifest {
  const text = (key: string) => {
    const found = texts[key];
    if (found === undefined) throw new Error(`${manifest.name} has no text ${key} in this language.`);
    return found;
  };
  return {
    ...manifest,
    friendlyName: text('loc.friendlyName'),
    description: text('loc.description'),
    helpMarkDown: text('loc.helpMarkDown'),
    instanceNameFormat: text('loc.instanceNameFormat'),
    groups: (manifest.groups ?? []).map((group) => ({
      ...group,
      displayName: text(`loc.group.displayName.${group.name}`),
    })),
    inputs: manifest.inputs.map((input) => ({
      ...input,
      label: text(`loc.input.label.${input.name}`),
      helpMarkDown: text(`loc.input.help.${input.name}`),
    })),
  };
}
