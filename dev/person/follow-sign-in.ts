/** What a person enters on the sign-in page. */
export interface Person {
  upn: string;
  password?: string;
}

/**
 * Signs a person in on the emulated sign-in page, as a browser would, with nothing but Node: opens the page, sends its
 * form, and goes where the answer leads. It runs no script and knows no other page.
 * @param address of the authorize page.
 * @returns the status of the page that it ends at.
 */
export async function followSignIn(address: string, { upn, password = '' }: Person): Promise<number> {
  const page = await fetch(address);
  const html = await page.text();
  const form = /<form method="post" action="([^"]+)">/.exec(html)?.[1];
  const context = /name="ctx" value="([^"]+)"/.exec(html)?.[1];
  if (form === undefined || context === undefined) throw new Error(`There is no sign-in form: ${titleOf(html)}`);
  const answer = await fetch(new URL(form, address), {
    method: 'POST',
    body: new URLSearchParams({ ctx: context, login: upn, passwd: password }),
    redirect: 'manual',
  });
  const location = answer.headers.get('location');
  if (location === null) throw new Error(`The sign-in was refused: ${titleOf(await answer.text())}`);
  // The listener is on the IPv4 loopback alone, and localhost may mean the other one first.
  return (await fetch(location.replace('//localhost:', '//127.0.0.1:'), { redirect: 'manual' })).status;
}

function titleOf(html: string): string {
  return html
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .slice(0, 300)
    .trim();
}
