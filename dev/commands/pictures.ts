import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { runCommand, typedPath, UsageError } from '../../scripts/command-line';
import { defaultBrowser, withBrowser } from '../pictures/browser';
import { fontStyle } from '../pictures/fonts';
import { type Picture, pictures } from '../pictures/pictures';
import { root } from './folders';

void runCommand({
  help: `npm run pictures [-- --only NAME] [--output FOLDER] [--browser PATH]

Takes the pictures of the Marketplace page and the README anew, 1366 x 768, in the light theme.

  --only NAME       one of them: run-log.png
  --output FOLDER   instead of images
  --browser PATH    a Chromium or Chrome; default: Debian's`,
  options: {
    only: { type: 'string' },
    output: { type: 'string' },
    browser: { type: 'string', default: defaultBrowser },
  },
  async run({ only, output, browser }) {
    const wanted = pictures.filter(({ file }) => only === undefined || file === only);
    const names = pictures.map(({ file }) => file).join(', ');
    if (wanted.length === 0) throw new UsageError(`--only is one of ${names}, not ${JSON.stringify(only)}.`);
    const folder = output === undefined ? join(root, 'images') : typedPath(output);
    mkdirSync(folder, { recursive: true });
    await withBrowser(browser, async (context) => {
      for (const picture of wanted) {
        const bytes = await take(picture, context);
        writeFileSync(join(folder, picture.file), bytes);
        console.log(`${picture.file} ${(bytes.length / 1000).toFixed(0)} kB`);
      }
    });
  },
});

async function take({ file, show, style = '' }: Picture, context: BrowserContext): Promise<Buffer> {
  const { url, close } = await show();
  const page = await context.newPage();
  try {
    await page.goto(url, { waitUntil: 'networkidle' });
    await page.addStyleTag({ content: `${fontStyle()}\n${style}` });
    await page.evaluate('document.fonts.ready');
    const cut = await page.evaluate<string[]>(elementsCut);
    if (cut.length > 0) throw new Error(`${file} would cut off: ${cut.join(', ')}.`);
    return await page.screenshot({ animations: 'disabled' });
  } finally {
    await page.close();
    await close();
  }
}

/** The elements with a text or a control, by their beginning, that a picture would show in part or not at all. */
const elementsCut = `[...document.querySelectorAll('body *')]
  .filter((element) => element.checkVisibility({ visibilityProperty: true }))
  .filter((element) => element.matches('input, button, li')
    || [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== ''))
  .filter((element) => {
    const { right, bottom, width } = element.getBoundingClientRect();
    return width > 1 && (right > window.innerWidth || bottom > window.innerHeight);
  })
  .map((element) => element.textContent.trim().slice(0, 30) || element.tagName)`;
