import type { ListedPat } from './pat-answers';

/** Begins to read the active tokens, by the pages on which they stand. */
type Pages = () => AsyncIterable<Iterable<ListedPat>>;

/**
 * Shows all active tokens, and once more those on several pages where not all is found: other jobs mint and revoke tokens
 * of the same user meanwhile, which may shift the pages, and a token that passes from one to another is on neither.
 * @throws what reading them throws.
 */
export async function lookThrough(
  pages: Pages,
  show: (token: ListedPat) => void,
  isAllFound: () => boolean,
): Promise<void> {
  for (const _ of ['first look', 'second look']) {
    let count = 0;
    for await (const page of pages()) {
      count++;
      for (const token of page) show(token);
    }
    if (count === 1 || isAllFound()) return;
  }
}

/** The active token of this id, in any case; undefined where there is none. @throws what reading them throws. */
export async function findOnPages(pages: Pages, id: string): Promise<ListedPat | undefined> {
  const found: ListedPat[] = [];
  const show = (token: ListedPat) => {
    if (token.id.toLowerCase() === id.toLowerCase()) found.push(token);
  };
  await lookThrough(pages, show, () => found.length > 0);
  return found[0];
}
