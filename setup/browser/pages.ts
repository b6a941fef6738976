const style = 'body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem}';

/** The page that the browser ends at: it holds nothing of the answer. */
export function page(title: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><style>${style}</style>
<h1>${title}</h1><p>Go back to the terminal: it says what comes next. You can close this page.</p></html>`;
}

export const closed = page('There is nothing here');
