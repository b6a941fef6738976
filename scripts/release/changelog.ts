/**
 * What a changelog says of a version, without its heading.
 * @param changelog the text of CHANGELOG.md.
 * @param released whether the version goes out now: then its heading has to carry a date.
 * @throws where the section, or its date, is missing.
 */
export function changesOf(changelog: string, version: string, released: boolean): string {
  const [, ...sections] = changelog.split(/^## /m);
  const section = sections.find((text) => text.startsWith(`[${version}]`));
  if (section === undefined) throw new Error(`CHANGELOG.md has no heading "## [${version}] - YYYY-MM-DD": add it.`);
  const [heading = '', ...lines] = section.split('\n');
  if (released && !/ - \d{4}-\d{2}-\d{2}$/.test(heading)) {
    throw new Error(`The heading "## ${heading}" of CHANGELOG.md has no date: write "## [${version}] - YYYY-MM-DD".`);
  }
  return `${lines.join('\n').trim()}\n`;
}
