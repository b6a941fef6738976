import type { ListedPat } from './pat-answers';
import type { Pats } from './pats';

/**
 * Shows all active tokens, and once more those on several pages where not all is found: other jobs mint and revoke tokens
 * of the same user meanwhile, which may shift the pages, and a token that passes from one to another is on neither.
 * @throws TaskError those of Pats.pages.
 */
export async function lookThrough(
  pats: Pick<Pats, 'pages'>,
  show: (token: ListedPat) => void,
  isAllFound: () => boolean,
): Promise<void> {
  for (const _ of ['first look', 'second look']) {
    let pages = 0;
    for await (const page of pats.pages()) {
      pages++;
      for (const token of page) show(token);
    }
    if (pages === 1 || isAllFound()) return;
  }
}
