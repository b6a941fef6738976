import type { Repository } from './addresses';

/** What the links of a package can lead to. */
export interface Destinations {
  /** The extension's page in the Marketplace; undefined where its publisher is a placeholder. */
  page: string | undefined;
  repository: Repository | undefined;
}

/** The page of an extension in the Marketplace. */
export function marketplacePage(publisher: string, id: string): string {
  return `https://marketplace.visualstudio.com/items?itemName=${publisher}.${id}`;
}

/** The links beside the extension in the Marketplace, and what else of a manifest names its repository. */
export function manifestLinks({ page, repository }: Destinations): object {
  if (repository) return repositoryLinks(repository);
  if (page === undefined) return {};
  return { links: uris({ getstarted: page, learn: page, support: `${page}&ssr=false#qna` }) };
}

function repositoryLinks({ home, issues, document, badges }: Repository): object {
  return {
    links: uris({
      getstarted: document('docs/setup.md'),
      learn: document('README.md'),
      support: issues,
      issues,
      license: document('LICENSE'),
      repository: home,
      home,
    }),
    // The Marketplace calls what stands here GitHub, and asks for questions and answers there.
    ...(home.startsWith('https://github.com/') && { repository: { type: 'git', uri: home } }),
    ...(badges.length > 0 && { badges }),
  };
}

function uris(links: Record<string, string>): Record<string, { uri: string }> {
  return Object.fromEntries(Object.entries(links).map(([name, uri]) => [name, { uri }]));
}

/**
 * The help of a manifest links to the Marketplace page of the extension as the source has it, with the name of a page
 * of docs as its fragment or, for the README, none. Packaged, it leads to that document, or else to the page; where
 * neither is known, the words stand without a link.
 * @param text the JSON of a manifest, or of its translations.
 * @param sourcePage the page that the texts of the source name.
 */
export function linkHelp(text: string, sourcePage: string, { page, repository }: Destinations): string {
  const address = `${sourcePage.replace(/[.?]/g, '\\$&')}(?![\\w-]|\\.\\w)(?:#([\\w-]+))?`;
  const destination = (name?: string) => repository?.document(name ? `docs/${name}.md` : 'README.md') ?? page;
  return text
    .replace(new RegExp(`\\[([^\\][]+)\\]\\(${address}\\)`, 'g'), (_, words: string, name?: string) => {
      const target = destination(name);
      return target === undefined ? words : `[${words}](${target})`;
    })
    .replace(new RegExp(address, 'g'), (_, name?: string) => destination(name) ?? "the extension's overview");
}

/**
 * A page of Markdown that links to files of the repository: packaged, it leads there, or to a document that the page
 * itself contains, or does not pretend to.
 * @param contained headings of the page under which whole documents stand, by the documents' paths.
 */
export function linkMarkdown(
  text: string,
  { repository }: Pick<Destinations, 'repository'>,
  contained: Readonly<Record<string, string>> = {},
): string {
  const link = /(?<!!)\[([^\]]+)\]\((?!https?:|mailto:|#)([^)\s]+)\)/g;
  return text.replace(link, (_, words: string, path: string) => {
    if (repository) return `[${words}](${repository.document(path)})`;
    const [file = '', section] = path.split('#');
    const heading = contained[file];
    return heading === undefined ? words : `[${words}](#${section ?? anchorOf(heading)})`;
  });
}

/** The anchor that renderers of Markdown give to a heading. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
