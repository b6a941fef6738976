/**
 * npm run pictures: takes the pictures of the Marketplace page and the README anew, 1366 x 768, in the light theme.
 *
 *   --only NAME        one of them: run-log.png
 *   --output FOLDER    instead of images
 *   --browser PATH     a Chromium or Chrome; default: Debian's
 */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultBrowser, withBrowser } from '../pictures/browser';
import { pictures } from '../pictures/pictures';

async function main(): Promise<void> {
  const { only, output, browser } = parseArgs({
    options: {
      only: { type: 'string' },
      output: { type: 'string', default: join(__dirname, '..', '..', 'images') },
      browser: { type: 'string', default: defaultBrowser },
    },
  }).values;
  const wanted = pictures.filter(({ file }) => only === undefined || file === only);
  if (wanted.length === 0) throw new Error(`--only is one of ${pictures.map(({ file }) => file).join(', ')}.`);
  mkdirSync(output, { recursive: true });
  await withBrowser(browser, async (context) => {
    for (const { file, show } of wanted) {
      const { url, close } = await show();
      const page = await context.newPage();
      await page.goto(url, { waitUntil: 'networkidle' });
      await page.screenshot({ path: join(output, file), animations: 'disabled' });
      await page.close();
      await close();
      console.log(`${file} ${(statSync(join(output, file)).size / 1000).toFixed(0)} kB`);
    }
  });
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
