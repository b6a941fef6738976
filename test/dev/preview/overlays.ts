import assert from 'node:assert/strict';
import { beyondTheEdge, checkContrasts, onSmallScreen } from './appearance';
import type { OpenPreview } from './open-preview';

/** How a help and a list have to look that a user has opened on the page of AgentPoolToken. */
export function checkOverlays(given: () => OpenPreview): void {
  async function openHelp(): Promise<void> {
    const { page } = given();
    await page.getByRole('button', { name: 'Help for Sign in with' }).click();
    await page.locator('.help-text').waitFor();
  }

  async function openList(): Promise<void> {
    const { page } = given();
    await page.locator('[data-field="scope"] input').click();
    await page.getByRole('option').first().waitFor();
  }

  const close = async () => {
    const { page } = given();
    await page.keyboard.press('Escape');
    await page.locator('.help-text, [role="option"]').first().waitFor({ state: 'detached' });
  };

  it('an open help and an open list can be read in each theme', async () => {
    const { page } = given();
    await openHelp();
    await checkContrasts(page, 'an open help');
    await close();
    await openList();
    await checkContrasts(page, 'an open list');
    await close();
  });

  it('an open list and an open help stand within a screen of 400 pixels', async () => {
    const { page } = given();
    await onSmallScreen(page, async () => {
      await openList();
      assert.deepEqual(await beyondTheEdge(page), [], 'an open list');
      await close();
      await openHelp();
      assert.deepEqual(await beyondTheEdge(page), [], 'an open help');
      await close();
      const style = await page.addStyleTag({ content: '.page-nav { min-width: 410px }' });
      assert.notDeepEqual(await beyondTheEdge(page), [], 'it would be noticed');
      await style.evaluate((element) => element.parentNode?.removeChild(element));
    });
  });
}
