import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { pictureSize, quietArguments } from '../../../dev/pictures/browser';
import { type Preview, startPreview } from '../../../dev/preview';
import { browser as browserProgram } from '../../support/strangers';

export const root = join(__dirname, '..', '..', '..');

export interface OpenPreview {
  page: Page;
  /** Everything that the browser said on its console as a warning or an error. */
  complaints: string[];
  /** Every address that the browser asked for. */
  requested: string[];
  url: string;
  /** Opens a form, such as `/AgentPoolToken?theme=dark`, and waits until it is drawn. */
  open: (path: string) => Promise<void>;
  close: () => Promise<void>;
}

/**
 * Serves the preview and opens a headless browser of the size of the Marketplace's pictures.
 * @param folder the folder of the manifests, if not this extension's.
 */
export async function openPreview(folder = root): Promise<OpenPreview> {
  const preview = await startPreview({ root: folder });
  const browser = await launch();
  const context = await browser.newContext({ viewport: pictureSize });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  const requested: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => requested.push(request.url()));
  return {
    page,
    complaints,
    requested,
    url: preview.url,
    open: async (path) => {
      await page.goto(preview.url + path, { waitUntil: 'commit' });
      await page.locator('h1, [role="alert"]').first().waitFor();
    },
    close: () => closeAll(browser, preview),
  };
}

function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: browserProgram(),
    args: quietArguments,
  });
}

async function closeAll(browser: Browser, preview: Preview): Promise<void> {
  await browser.close();
  await preview.close();
}

/** The names of the fields that a form shows and that its manifest describes, in its order. */
export function shownFields(page: Page): Promise<string[]> {
  return page
    .locator('main [data-field]:visible')
    .evaluateAll((fields) => fields.map((field) => field.getAttribute('data-field') ?? ''));
}

/** The YAML that the page writes at this moment. */
export async function writtenYaml(page: Page): Promise<string> {
  return (await page.locator('aside pre').textContent()) ?? '';
}

/** Picks an option of a list that cannot be typed into, with the mouse. */
export async function pick(page: Page, field: string, text: string): Promise<void> {
  await page.locator(`[data-field="${field}"] input`).click();
  await page.getByRole('option', { name: text, exact: true }).click();
}

/** Types into a field, over what stands there; a list that takes a text takes it by Enter. */
export async function fill(page: Page, field: string, text: string): Promise<void> {
  const control = page.locator(`[data-field="${field}"] :is(input, textarea)`);
  if ((await control.getAttribute('role')) !== 'combobox') return control.fill(text);
  await control.click();
  await control.fill(text);
  await control.press('Enter');
}
