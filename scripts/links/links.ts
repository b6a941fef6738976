import type { Repository } from './addresses';

/** What the links of a package can lead to. */
export interface Destinations {
  /** The extension's page in the Marketplace. */
  page: string;
  repository: Repository | undefined;
}

/** The page of an extension in the Marketplace. */
export function marketplacePage(publisher: string, id: string): string {
  return `https://marketplace.visualstudio.com/items?itemName=${publisher}.${id}`;
}

/** The links beside the extension in the Marketplace, and what else of a manifest names its repository. */
export function manifestLinks({ page, repository }: Destinations): object {
  if (!repository) return { links: uris({ getstarted: page, learn: page, support: `${page}&ssr=false#qna` }) };
  const { home, issues, document, badges } = repository;
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
 * of docs as its fragment or, for the README, none. Packaged, it leads to that document, or else to the page.
 * @param text the JSON of a manifest, or of its translations.
 * @param sourcePage the page that the texts of the source name.
 */
export function linkHelp(text: string, sourcePage: string, { page, repository }: Destinations): string {
  const link = new RegExp(`${sourcePage.replace(/[.?]/g, '\\$&')}(?![\\w-]|\\.\\w)(?:#([\\w-]+))?`, 'g');
  return text.replace(link, (_, name?: string) => repository?.document(name ? `docs/${name}.md` : 'README.md') ?? page);
}

/** A page of Markdown that links to files of the repository: packaged, it leads there, or does not pretend to. */
export function linkMarkdown(text: string, { repository }: Destinations): string {
  const link = /(?<!!)\[([^\]]+)\]\((?!https?:|mailto:|#)([^)\s]+)\)/g;
  return text.replace(link, (_, words: string, path: string) =>
    repository ? `[${words}](${repository.document(path)})` : words,
  );
}
