import { extname } from 'node:path';

/** What a package may hold, by the endings of the files' names. */
const byExtension: Record<string, string> = {
  '.js': 'application/javascript',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.png': 'image/png',
  '.resjson': 'application/json',
  '.txt': 'text/plain',
  '.vsixmanifest': 'text/xml',
  '.vsomanifest': 'application/json',
};

const byName: Record<string, string> = { LICENSE: 'text/plain' };

/** Where a package says which type each of its files has. */
export const contentTypesFile = '[Content_Types].xml';

/**
 * The content of that file. tfx-cli asks a program of the machine for types that it does not know, and writes them in the
 * order in which the answers come: two packagings of the same files would differ.
 * @param files names of all files of the package, without this one.
 * @throws for a file whose type is not known.
 */
export function contentTypes(files: string[]): string {
  const named = files.filter((file) => byName[file] !== undefined);
  const extensions = [...new Set(files.filter((file) => !named.includes(file)).map((file) => extname(file)))].sort();
  const defaults = extensions.map((extension) => {
    const type = byExtension[extension];
    if (type === undefined) throw new Error(`Which content type do files have that end with "${extension}"?`);
    return `  <Default Extension="${extension}" ContentType="${type}"/>`;
  });
  const overrides = named.map((file) => `  <Override PartName="/${file}" ContentType="${byName[file]}"/>`);
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">',
    ...defaults,
    ...overrides,
    '</Types>',
    '',
  ].join('\n');
}
