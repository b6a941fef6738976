import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readManifests } from '../../../dev/preview/manifests/manifest-files';
import { type OpenPreview, root } from './open-preview';

const language = 'de-DE';

/** The texts of a task in that language. */
function textsOf(name: string): Record<string, string> {
  const folder = join(root, 'tasks', name, `${name}V1`, 'Strings', 'resources.resjson', language);
  return JSON.parse(readFileSync(join(folder, 'resources.resjson'), 'utf8'));
}

/** What the forms are where the organization speaks another language. */
export function checkLanguages(given: () => OpenPreview): void {
  for (const { name, description, inputs, groups = [] } of readManifests(root, language).tasks) {
    it(`takes the texts of ${name} in German from its file`, () => {
      const texts = textsOf(name);
      assert.equal(description, texts['loc.description']);
      for (const group of groups) assert.equal(group.displayName, texts[`loc.group.displayName.${group.name}`]);
      for (const input of inputs) assert.equal(input.label, texts[`loc.input.label.${input.name}`]);
    });
  }

  it('shows the form of a task in German', async () => {
    const [{ name, inputs, groups = [] } = assert.fail()] = readManifests(root).tasks;
    const texts = textsOf(name);
    const { open, page } = given();
    await open(`/${name}?language=${language}`);
    const shown = (await page.locator('main').textContent()) ?? '';
    assert.ok(shown.includes(texts['loc.description'] ?? assert.fail()), shown);
    for (const group of groups) {
      assert.ok(shown.includes(texts[`loc.group.displayName.${group.name}`] ?? assert.fail()), group.name);
    }
    for (const input of inputs.filter(({ visibleRule }) => visibleRule === undefined)) {
      const label = texts[`loc.input.label.${input.name}`] ?? assert.fail(input.name);
      assert.ok(shown.includes(label), input.name);
      assert.ok(!shown.includes(input.label) || input.label === label, input.label);
    }
    const link = page.getByRole('navigation').getByRole('link').last();
    assert.match((await link.getAttribute('href')) ?? '', new RegExp(`language=${language}`));
  });

  for (const strange of ['xx-XX', '../../..', 'deutsch']) {
    it(`says so where there are no texts in ${JSON.stringify(strange)}`, async () => {
      const answer = await fetch(`${given().url}/manifests.json?${new URLSearchParams({ language: strange })}`);
      assert.equal(answer.status, 500);
      assert.match(await answer.text(), /cannot be read|is no language such as de-DE/);
    });
  }
}
