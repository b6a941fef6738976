import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

/** Pixels of a picture: the size that the Marketplace asks of screenshots. */
export const pictureSize = { width: 1366, height: 768 } as const;

export const defaultBrowser = '/usr/bin/chromium';

/** With these it runs as root and without a screen, and requests nothing by itself. */
export const quietArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Runs something in a browser of its own, which speaks only to the pages that it opens. */
export async function withBrowser<Result>(
  executablePath: string,
  use: (browser: BrowserContext) => Promise<Result>,
): Promise<Result> {
  const profile = mkdtempSync(join(tmpdir(), 'pictures-'));
  try {
    const browser = await launch(profile, executablePath);
    try {
      return await use(browser);
    } finally {
      await browser.close();
    }
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}

async function launch(profile: string, executablePath: string): Promise<BrowserContext> {
  try {
    return await chromium.launchPersistentContext(profile, {
      executablePath,
      headless: true,
      viewport: pictureSize,
      deviceScaleFactor: 1,
      colorScheme: 'light',
      locale: 'en-US',
      // The pages are given the pictures' own fonts.
      bypassCSP: true,
      args: [...quietArguments, '--hide-scrollbars'],
    });
  } catch (cause) {
    throw new Error(
      `${executablePath} cannot be started. Install Debian's package chromium, or name another Chromium or Chrome: ` +
        'npm run pictures -- --browser PATH.',
      { cause },
    );
  }
}
