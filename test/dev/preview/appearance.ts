import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { pictureSize } from '../../../dev/pictures/browser';
import { contrastOfTexts } from './contrast';
import type { OpenPreview } from './open-preview';

/** The least that WCAG 2 asks for texts of an ordinary size. */
const leastContrast = 4.5;
const themes = ['light', 'dark'] as const;

/** How the page that is open has to look, with its fields at their defaults. */
export function checkAppearance(given: () => OpenPreview, { fitsPicture }: { fitsPicture: boolean }): void {
  it('says that it is a local preview and not the product', async () => {
    const notice = given().page.locator('header');
    assert.match((await notice.textContent()) ?? '', /Local preview\..* It is not Azure DevOps: nothing is saved/);
    assert.ok(await notice.isVisible());
  });

  if (fitsPicture) {
    it('fits a picture for the Marketplace with its fields at their defaults', async () => {
      const size = await given().page.evaluate<[number, number]>(
        '[document.documentElement.scrollWidth, document.documentElement.scrollHeight]',
      );
      assert.ok(size[0] <= 1366 && size[1] <= 768, `${size}`);
    });
  }

  it('stands within a screen of 400 pixels', async () => {
    const { page } = given();
    await onSmallScreen(page, async () => assert.deepEqual(await beyondTheEdge(page), []));
  });

  for (const theme of themes) {
    it(`can be read in the ${theme} theme`, () =>
      checkContrast(given().page, { theme, what: 'the form', atLeast: 15 }));
  }
}

/** Fails for each text that is too faint in one theme, or where fewer texts are seen than there have to be. */
async function checkContrast(
  page: Page,
  { theme, what, atLeast }: { theme: 'light' | 'dark'; what: string; atLeast: number },
): Promise<void> {
  const texts = await contrastOfTexts(page, theme);
  assert.ok(texts.length >= atLeast, `${what} has ${texts.length} texts`);
  const faint = texts.filter(({ contrast }) => contrast < leastContrast);
  assert.deepEqual(faint, [], `${what} in the ${theme} theme`);
}

/** The same for what the page shows at this moment, in each theme. */
export async function checkContrasts(page: Page, what: string): Promise<void> {
  for (const theme of themes) await checkContrast(page, { theme, what, atLeast: 20 });
}

export async function onSmallScreen(page: Page, check: () => Promise<void>): Promise<void> {
  await page.setViewportSize({ width: 400, height: 800 });
  try {
    await check();
  } finally {
    await page.setViewportSize(pictureSize);
  }
}

export function checkTheme(given: () => OpenPreview): void {
  const theme = () => given().page.evaluate<string>('document.documentElement.dataset.theme');

  it('is the one that the machine prefers, until the user switches it', async () => {
    const { open, page } = given();
    await page.emulateMedia({ colorScheme: 'dark' });
    await open('/WaitForAgents');
    assert.equal(await theme(), 'dark');
    await page.getByRole('button', { name: 'Light theme' }).click();
    assert.equal(await theme(), 'light');
    await page.getByRole('link', { name: 'Agent Pool Token', exact: true }).click();
    await page.getByRole('heading', { name: 'Agent Pool Token' }).waitFor();
    assert.equal(await theme(), 'light');
    await page.emulateMedia({ colorScheme: 'light' });
  });

  it('would be seen to be too faint on each background', async () => {
    const { page } = given();
    const faint = 'main .description { color: rgba(0, 0, 0, 0.4) } .yaml pre { background: rgb(110, 110, 110) }';
    const style = await page.addStyleTag({ content: faint });
    const texts = await contrastOfTexts(page, 'light');
    await style.evaluate((element) => element.parentNode?.removeChild(element));
    const found = texts.filter(({ contrast }) => contrast < leastContrast).map(({ text }) => text.slice(0, 12));
    assert.deepEqual(found, ['Gets a short', '# Still to b']);
    const [title] = texts.filter(({ text }) => text === 'Agent Pool Token');
    assert.ok(title && title.contrast > 15, 'nearly black on white');
  });
}

/** What a person reads or uses and what reaches beyond the right edge of the window: texts, controls and pictures. */
export function beyondTheEdge(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll('body *')]
    .filter((element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
    .filter((element) => element.getBoundingClientRect().width > 1)
    .filter((element) => element.matches('input, textarea, button, img, nav, header, main, aside')
      || [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== ''))
    .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 1)
    .map((element) => element.tagName + '.' + element.className)`);
}
