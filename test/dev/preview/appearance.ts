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

  it('every form says that it is a local preview and not the product', async () => {
    for (const form of forms) {
      await preview.open(`/${form}`);
      const notice = preview.page.locator('header');
      assert.match((await notice.textContent()) ?? '', /Local preview\..* It is not Azure DevOps: nothing is saved/);
      assert.ok(await notice.isVisible());
    }
  });

  for (const asked of ['light', 'dark'] as const) {
    it(`every text can be read in the ${asked} theme: labels, help, inputs, lists, complaints`, async () => {
      for (const form of forms) {
        await preview.open(`/${form}?theme=${asked}`);
        assert.equal(await theme(), asked);
        await checkContrast(form, 15);
      }
      await fill(preview.page, 'clientId', 'wrong');
      await checkContrast('a complaint', 20);
      await preview.open(`/AgentPoolToken?theme=${asked}&issuer=my-issuer&pool=$(pool)`);
      await preview.page.getByRole('button', { name: 'Help for Sign in with' }).click();
      await preview.page.locator('.help-text').waitFor();
      await checkContrast('an open help', 20);
      await preview.page.keyboard.press('Escape');
      await preview.page.locator('[data-field="scope"] input').click();
      await preview.page.getByRole('option').first().waitFor();
      await checkContrast('an open list', 20);
    }).timeout(300_000);
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

  it('a form with its fields at their defaults fits a picture for the Marketplace', async () => {
    // WaitForAgents has more fields than a picture is high, and no picture shows it.
    for (const { name } of tasks.filter((task) => task.name !== 'WaitForAgents')) {
      await preview.open(`/${name}`);
      const size = await preview.page.evaluate<[number, number]>(
        '[document.documentElement.scrollWidth, document.documentElement.scrollHeight]',
      );
      assert.ok(size[0] <= 1366 && size[1] <= 768, `${name}: ${size}`);
    }
  });

  it('on a screen of 400 pixels everything stands within it, an open list and an open help too', async () => {
    const { page } = preview;
    await page.setViewportSize({ width: 400, height: 800 });
    try {
      for (const form of forms) {
        await preview.open(`/${form}`);
        assert.deepEqual(await beyondTheEdge(page), [], form);
      }
      await preview.open('/AgentPoolToken');
      await page.locator('[data-field="scope"] input').click();
      await page.getByRole('option').first().waitFor();
      assert.deepEqual(await beyondTheEdge(page), [], 'an open list');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Help for Sign in with' }).click();
      await page.locator('.help-text').waitFor();
      assert.deepEqual(await beyondTheEdge(page), [], 'an open help');
      await page.keyboard.press('Escape');
      await page.addStyleTag({ content: '.page-nav { min-width: 410px }' });
      assert.notDeepEqual(await beyondTheEdge(page), [], 'it would be noticed');
    } finally {
      await page.setViewportSize(pictureSize);
    }
  }).timeout(300_000);
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
