import open from 'open';
import type { Terminal } from '../terminal';

/** Shows the address of the sign-in, and opens it in the browser where this machine has one and `BROWSER` is not `none`. */
export async function openPage(address: string, user: string, terminal: Terminal): Promise<void> {
  terminal.say(`Sign in as ${user} in the browser. If no page opens, open this one on this machine:\n\n  ${address}\n`);
  if (process.env.BROWSER === 'none') return;
  try {
    const browser = await open(address);
    browser.once('error', () => undefined);
    browser.unref();
  } catch {
    // A machine without a browser: the address is on the screen.
  }
}
