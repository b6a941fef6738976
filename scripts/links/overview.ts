import { readText } from '../layout';
import { type Destinations, linkMarkdown } from './links';

/** Documents that a new user cannot start without, by their paths. */
const needed = ['docs/setup.md', 'docs/setup-entra.md'];

/**
 * The page that the Marketplace shows. Where no repository is known in which people find the rest, it contains the
 * documents on setting up.
 */
export function overview({ repository }: Pick<Destinations, 'repository'>): string {
  const page = readText('overview.md');
  if (repository) return linkMarkdown(page, { repository });
  const documents = needed.map((path) => ({ path, text: readText(path), heading: titleOf(readText(path)) }));
  const contained = Object.fromEntries(documents.map(({ path, heading }) => [path, heading]));
  const beside = Object.fromEntries(documents.map(({ path, heading }) => [path.replace('docs/', ''), heading]));
  return [
    linkMarkdown(withoutList(page), { repository }, contained),
    ...documents.map(({ text }) => linkMarkdown(demoted(text), { repository }, beside)),
  ].join('\n');
}

/** The page without its list of documents that are not there. */
function withoutList(page: string): string {
  const [before = '', list, ...more] = page.split(/^## More\n/m);
  if (list === undefined || more.length > 0) throw new Error('overview.md has to end with one section "## More".');
  return `${before}The rest of the documentation comes with the source of this extension: ask whoever packaged it.\n`;
}

function titleOf(text: string): string {
  return /^# (.+)$/m.exec(text)?.[1] ?? '';
}

/** Each heading one level deeper; lines of code that begin as a heading does are left alone. */
function demoted(text: string): string {
  return text
    .split(/(^ *```[^\n]*\n[\s\S]*?^ *```$)/m)
    .map((part, index) => (index % 2 === 0 ? part.replaceAll(/^(#{1,5} )/gm, '#$1') : part))
    .join('');
}
