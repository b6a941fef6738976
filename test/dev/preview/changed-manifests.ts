import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { type Preview, startPreview } from '../../../dev/preview';
import type { TaskInput } from '../../../dev/preview/manifests/task-manifest';
import { type OpenPreview, root } from './open-preview';

const file = join('tasks', 'WaitForAgents', 'WaitForAgentsV1', 'task.json');

/** The page knows nothing of its own about the tasks: what a manifest says is what it shows, or it shows nothing. */
export function checkChangedManifests(given: () => OpenPreview): void {
  let folder: string;
  let preview: Preview;
  let page: Page;
  before(async () => {
    // Not the page of the other tests: these complain on purpose.
    page = await given().page.context().newPage();
    folder = mkdtempSync(join(tmpdir(), 'manifests-'));
    for (const part of ['vss-extension.json', 'tasks', 'images'])
      cpSync(join(root, part), join(folder, part), { recursive: true });
    preview = await startPreview({ root: folder });
  });
  after(async () => {
    await page.close();
    await preview.close();
    rmSync(folder, { recursive: true });
  });

  async function openWith(input: TaskInput, path = '/WaitForAgents'): Promise<void> {
    const manifest = JSON.parse(readFileSync(join(root, file), 'utf8'));
    manifest.inputs.push(input);
    writeFileSync(join(folder, file), JSON.stringify(manifest));
    await page.goto(preview.url + path);
    await page.locator('h1, [role="alert"]').first().waitFor();
  }
  const problem = () => page.getByRole('alert').textContent();

  it('shows a new input as soon as the page is loaded again', async () => {
    await openWith({
      name: 'speed',
      type: 'radio',
      label: 'Speed',
      defaultValue: 'slow',
      options: { slow: 'Slow', fast: 'Fast' },
    });
    await page.locator('[data-field="speed"] input').click();
    await page.getByRole('option', { name: 'Fast' }).click();
    assert.match((await page.locator('aside pre').textContent()) ?? '', /speed: fast/);
  });

  for (const [what, input, path, complaint] of [
    ['a rule that it does not know', { visibleRule: 'pool contains x' }, '', /visibleRule "pool contains x"/],
    ['a rule about an input that does not exist', { visibleRule: 'pond = x' }, '', /asks about pond/],
    ['a type that it does not know', { type: 'querycontrol' }, '', /type querycontrol, which the preview cannot show/],
    [
      'a preset of an input that does not exist',
      {},
      '?pond=x',
      /WaitForAgents has no input "pond"\. It has organizationUrl/,
    ],
    ['a theme that does not exist', {}, '?theme=blue', /theme "blue" is neither light nor dark/],
  ] as [string, Partial<TaskInput>, string, RegExp][]) {
    it(`shows no form, but says why, for ${what}`, async () => {
      await openWith({ name: 'new', type: 'string', label: 'New', ...input }, `/WaitForAgents${path}`);
      assert.match((await problem()) ?? '', complaint);
      assert.equal(await page.locator('form, [data-field]').count(), 0);
    });
  }

  it('says why there is no form if a manifest is not JSON', async () => {
    writeFileSync(join(folder, file), '{ "name": ');
    const answer = await page.goto(`${preview.url}/AgentPoolToken`);
    assert.equal(answer?.status(), 500);
    assert.match((await page.locator('body').textContent()) ?? '', /task\.json/);
  });

  it('says which forms there are in place of one that does not exist', async () => {
    writeFileSync(join(folder, file), readFileSync(join(root, file)));
    const answer = await page.goto(`${preview.url}/AgentPoolTokens`);
    assert.equal(answer?.status(), 404);
    const text = (await page.locator('body').textContent()) ?? '';
    assert.match(text, /\/AgentPoolToken, \/RevokeAgentPoolTokens, \/WaitForAgents, \/AgentPoolTokenIssuer$/);
    await page.goto(preview.url);
    assert.equal(page.url(), `${preview.url}/AgentPoolToken`);
  });
}
