import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, readText, root } from '../layout';

/**
 * The licences of everything that is bundled, as they ask for.
 * @param folders of the bundled packages, from the root.
 * @param whole what they are a part of, as the beginning of a sentence.
 */
export function notices(folders: string[], whole = 'The tasks of this extension contain'): string {
  const sections = folders.map((folder) => {
    const { name, version, license } = readJson(`${folder}/package.json`);
    return `${name} ${version} (${license})\n\n${licenceText(folder, String(name)).trim()}\n`;
  });
  const rule = `\n${'-'.repeat(80)}\n\n`;
  return [`${whole} the following packages.\n`, ...sections].join(rule);
}

function licenceText(folder: string, name: string): string {
  const file = readdirSync(join(root, folder)).find((entry) =>
    /^(licen[cs]e|copying)(-mit)?(\.(md|txt))?$/i.test(entry),
  );
  if (file === undefined) throw new Error(`${name} is bundled, but comes with no licence text.`);
  return readText(`${folder}/${file}`).replaceAll('\r\n', '\n');
}
