import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv04 from 'ajv-draft-04';
import JSZip from 'jszip';

const dist = join(__dirname, '..', '..', 'dist');
const names = ['AgentPoolToken', 'RenewAgentPoolTokenIssuer', 'RevokeAgentPoolTokens', 'WaitForAgents'];
const folders = names.map((name) => `tasks/${name}/${name}V1`);
const cultures = ['de-DE'];

/** Names and words that are the same in German. */
const same = /^(Agent Pool Token|Renew Agent Pool Token Issuer|Revoke Agent Pool Tokens|Wait for Agents|Issuer|Token)$/;

type Texts = Record<string, string>;

const hasValidForm = new Ajv04({ strict: false, allErrors: true, unicodeRegExp: false }).compile(
  JSON.parse(readFileSync(join(__dirname, '..', 'schemas', 'tasks.schema.json'), 'utf8')),
);

/** What a server does that speaks a language: each key of a manifest makes room for its text. */
function spoken(manifest: unknown, texts: Texts): unknown {
  return JSON.parse(JSON.stringify(manifest), (_, value) => {
    const key = typeof value === 'string' ? /^ms-resource:(.*)$/.exec(value)?.[1] : undefined;
    return key === undefined ? value : (texts[key] ?? assert.fail(`there is no text ${key}`));
  });
}

/** What a translation has to keep: code, variables and links. */
function keptParts(text: string): string[] {
  return (text.match(/`[^`]*`|\$\([^)]*\)|\]\([^)]*\)/g) ?? []).sort();
}

for (const folder of folders) {
  describe(`the texts of ${folder.split('/')[1]}`, () => {
    const read = async (name: string) => {
      const [file = ''] = readdirSync(dist);
      const zip = await JSZip.loadAsync(readFileSync(join(dist, file)));
      return JSON.parse((await zip.file(`${folder}/${name}`)?.async('string')) ?? assert.fail(`no ${name}`));
    };
    const textsIn = (culture: string): Promise<Texts> => read(`Strings/resources.resjson/${culture}/resources.resjson`);

    it('are complete in English: a server that speaks it shows the manifest as it is', async () => {
      const keyed = await read('task.loc.json');
      assert.match(JSON.stringify(keyed), /ms-resource:loc\.input\.help\./);
      assert.deepEqual(spoken(keyed, await textsIn('en-US')), await read('task.json'));
    });

    for (const culture of cultures) {
      it(`are complete in ${culture}, and make a form that the platform takes`, async () => {
        const [english, other] = [await textsIn('en-US'), await textsIn(culture)];
        assert.deepEqual(Object.keys(other).sort(), Object.keys(english).sort());
        const form = spoken(await read('task.loc.json'), other);
        assert.ok(hasValidForm(form), JSON.stringify(hasValidForm.errors));
        assert.doesNotMatch(JSON.stringify(form), /ms-resource/);
      });

      it(`are translated to ${culture}, with every variable, link and piece of code kept`, async () => {
        const [english, other] = [await textsIn('en-US'), await textsIn(culture)];
        for (const [key, text] of Object.entries(english)) {
          const translated = other[key] ?? '';
          if (same.test(text)) assert.equal(translated, text, key);
          else assert.notEqual(translated, text, key);
          assert.deepEqual(keptParts(translated), keptParts(text), key);
          assert.ok(translated.length < text.length * 1.6 + 20, `${key} is much longer than the English text`);
        }
      });
    }
  });
}
