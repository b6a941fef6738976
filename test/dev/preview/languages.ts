import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readManifests } from '../../../dev/preview/manifests/manifest-files';
import { type OpenPreview, root } from './open-preview';

const language = 'de-DE';

/** What the forms are where the organization speaks another language. */
export function checkLanguages(given: () => OpenPreview): void {
  for (const { name, inputs, groups = [] } of readManifests(root).tasks) {
    it(`shows ${name} in German`, async () => {
      const preview = given();
      const file = join(
        root,
        'tasks',
        name,
        `${name}V1`,
        'Strings',
        'resources.resjson',
        language,
        'resources.resjson',
      );
      const texts = JSON.parse(readFileSync(file, 'utf8'));
      await preview.open(`/${name}?language=${language}`);
      const shown = (await preview.page.locator('main').textContent()) ?? '';
      assert.ok(shown.includes(texts['loc.description']), shown);
      for (const group of groups) assert.ok(shown.includes(texts[`loc.group.displayName.${group.name}`]), group.name);
      for (const input of inputs.filter(({ visibleRule }) => visibleRule === undefined)) {
        assert.ok(shown.includes(texts[`loc.input.label.${input.name}`]), input.name);
        assert.ok(!shown.includes(input.label) || input.label === texts[`loc.input.label.${input.name}`], input.label);
      }
      const link = preview.page.getByRole('navigation').getByRole('link').last();
      assert.match((await link.getAttribute('href')) ?? '', new RegExp(`language=${language}`));
    });
  }

  for (const strange of ['xx-XX', '../../..', 'deutsch']) {
    it(`says so where there are no texts in ${JSON.stringify(strange)}`, async () => {
      const answer = await fetch(`${given().url}/manifests.json?${new URLSearchParams({ language: strange })}`);
      assert.equal(answer.status, 500);
      assert.match(await answer.text(), /cannot be read|is no language such as de-DE/);
    });
  }
}
