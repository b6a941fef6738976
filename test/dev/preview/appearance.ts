import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { pictureSize } from '../../../dev/pictures/browser';
import { readManifests } from '../../../dev/preview/manifests/manifest-files';
import { contrastOfTexts } from './contrast';
import { fill, type OpenPreview, root } from './open-preview';

/** The least that WCAG 2 asks for texts of an ordinary size. */
const leastContrast = 4.5;
const { tasks, connectionTypes } = readManifests(root);
const forms = [...tasks, ...connectionTypes].map(({ name }) => name);

/** How the pages have to look. */
export function checkAppearance(given: () => OpenPreview): void {
  let preview: OpenPreview;
  before(() => {
    preview = given();
  });

  const theme = () => preview.page.evaluate<string>('document.documentElement.dataset.theme');

  async function checkContrast(what: string, atLeast: number): Promise<void> {
    const texts = await contrastOfTexts(preview.page);
    assert.ok(texts.length >= atLeast, `${what} has ${texts.length} texts`);
    const faint = texts.filter(({ contrast }) => contrast < leastContrast);
    assert.deepEqual(faint, [], what);
  }

  async function openHelp(): Promise<void> {
    await preview.page.getByRole('button', { name: 'Help for Sign in with' }).click();
    await preview.page.locator('.help-text').waitFor();
  }

  async function openList(): Promise<void> {
    await preview.page.locator('[data-field="scope"] input').click();
    await preview.page.getByRole('option').first().waitFor();
  }

  async function onSmallScreen(check: () => Promise<void>): Promise<void> {
    await preview.page.setViewportSize({ width: 400, height: 800 });
    try {
      await check();
    } finally {
      await preview.page.setViewportSize(pictureSize);
    }
  }

  for (const form of forms) {
    // All checks of a form look at one page of it: to open it takes longer than any of them.
    describe(form, () => {
      before(() => preview.open(`/${form}?theme=light`));

      it('says that it is a local preview and not the product', async () => {
        const notice = preview.page.locator('header');
        assert.match((await notice.textContent()) ?? '', /Local preview\..* It is not Azure DevOps: nothing is saved/);
        assert.ok(await notice.isVisible());
      });

      // WaitForAgents has more fields than a picture is high, and no picture shows it. Nor does one show a dialog's page.
      if (form !== 'WaitForAgents' && tasks.some(({ name }) => name === form)) {
        it('fits a picture for the Marketplace with its fields at their defaults', async () => {
          const size = await preview.page.evaluate<[number, number]>(
            '[document.documentElement.scrollWidth, document.documentElement.scrollHeight]',
          );
          assert.ok(size[0] <= 1366 && size[1] <= 768, `${size}`);
        });
      }

      it('stands within a screen of 400 pixels', async () => {
        await onSmallScreen(async () => assert.deepEqual(await beyondTheEdge(preview.page), []));
      });

      for (const asked of ['light', 'dark'] as const) {
        it(`can be read in the ${asked} theme`, async () => {
          if ((await theme()) !== asked) await preview.open(`/${form}?theme=${asked}`);
          assert.equal(await theme(), asked);
          await checkContrast(form, 15);
        });
      }
    });
  }

  for (const asked of ['light', 'dark'] as const) {
    it(`a complaint, an open help and an open list can be read in the ${asked} theme`, async () => {
      await preview.open(`/AgentPoolTokenIssuer?theme=${asked}`);
      await fill(preview.page, 'clientId', 'wrong');
      await checkContrast('a complaint', 20);
      await preview.open(`/AgentPoolToken?theme=${asked}&issuer=my-issuer&pool=$(pool)`);
      await openHelp();
      await checkContrast('an open help', 20);
      await preview.page.keyboard.press('Escape');
      await openList();
      await checkContrast('an open list', 20);
    });
  }

  it('a text that is too faint is found on each background', async () => {
    await preview.open('/WaitForAgents?theme=light');
    const faint = 'main .description { color: rgba(0, 0, 0, 0.4) } .yaml pre { background: rgb(110, 110, 110) }';
    await preview.page.addStyleTag({ content: faint });
    const texts = await contrastOfTexts(preview.page);
    const found = texts.filter(({ contrast }) => contrast < leastContrast).map(({ text }) => text.slice(0, 12));
    assert.deepEqual(found, ['Waits until ', '# Still to b']);
    const [title] = texts.filter(({ text }) => text === 'Wait for Agents');
    assert.ok(title && title.contrast > 15, 'nearly black on white');
  });

  it('the theme is the one that the machine prefers, until the user switches it', async () => {
    const { page } = preview;
    await page.emulateMedia({ colorScheme: 'dark' });
    await preview.open('/WaitForAgents');
    assert.equal(await theme(), 'dark');
    await page.getByRole('button', { name: 'Light theme' }).click();
    assert.equal(await theme(), 'light');
    await page.getByRole('link', { name: 'Agent Pool Token', exact: true }).click();
    await page.getByRole('heading', { name: 'Agent Pool Token' }).waitFor();
    assert.equal(await theme(), 'light');
    await page.emulateMedia({ colorScheme: 'light' });
  });

  it('an open list and an open help stand within a screen of 400 pixels', async () => {
    const { page } = preview;
    await onSmallScreen(async () => {
      await preview.open('/AgentPoolToken');
      await openList();
      assert.deepEqual(await beyondTheEdge(page), [], 'an open list');
      await page.keyboard.press('Escape');
      await openHelp();
      assert.deepEqual(await beyondTheEdge(page), [], 'an open help');
      await page.keyboard.press('Escape');
      await page.addStyleTag({ content: '.page-nav { min-width: 410px }' });
      assert.notDeepEqual(await beyondTheEdge(page), [], 'it would be noticed');
    });
  });
}

/** What a person reads or uses and what reaches beyond the right edge of the window: texts, controls and pictures. */
function beyondTheEdge(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll('body *')]
    .filter((element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
    .filter((element) => element.getBoundingClientRect().width > 1)
    .filter((element) => element.matches('input, textarea, button, img, nav, header, main, aside')
      || [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== ''))
    .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 1)
    .map((element) => element.tagName + '.' + element.className)`);
}
