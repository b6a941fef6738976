import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { type Preview, startPreview } from '../../../dev/preview';
import { dialogFields } from '../../../dev/preview/manifests/connection-type';
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

  it('shows a list of the ways to sign in where a connection has several, and the fields of the one that is picked', async () => {
    const extension = JSON.parse(readFileSync(join(root, 'vss-extension.json'), 'utf8'));
    const type = extension.contributions.find(
      ({ properties }: { properties: { authenticationSchemes?: unknown } }) => properties.authenticationSchemes,
    ).properties;
    const [scheme] = type.authenticationSchemes;
    const field = { id: 'subject', name: 'Subject', inputMode: 'textbox', isConfidential: false };
    const prefix = 'ms.vss-endpoint.endpoint-auth-scheme-';
    type.authenticationSchemes = [
      { ...scheme, displayName: 'A secret' },
      { type: `${prefix}workload-identity-federation`, displayName: 'No secret', inputDescriptors: [field] },
    ];
    writeFileSync(join(folder, 'vss-extension.json'), JSON.stringify(extension));
    await page.goto(`${preview.url}/${type.name}`);
    await page.locator('h1').waitFor();
    const secret = page.locator('[data-field="refreshToken"]');
    assert.equal(await secret.count(), 1);
    await page.locator('[data-field="authenticationScheme"] input').click();
    await page.getByRole('option', { name: 'No secret' }).click();
    await page.locator('[data-field="subject"]').waitFor();
    assert.equal(await secret.count(), 0);
    await page.goto(`${preview.url}/${type.name}?authenticationScheme=workload-identity-federation&subject=x`);
    assert.equal(await page.getByLabel('Subject').inputValue(), 'x');
    assert.throws(
      () => dialogFields(type, 'basic'),
      /^Error: AgentPoolTokenIssuer has no scheme "basic"\. It has none, workload-identity-federation\.$/,
    );
    writeFileSync(join(folder, 'vss-extension.json'), readFileSync(join(root, 'vss-extension.json')));
  });

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
    assert.match(
      text,
      /\/AgentPoolToken, \/RevokeAgentPoolTokens, \/WaitForAgents, \/RenewAgentPoolTokenIssuer, \/AgentPoolTokenIssuer$/,
    );
    await page.goto(preview.url);
    assert.equal(page.url(), `${preview.url}/AgentPoolToken`);
  });
}
