import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Ajv, { type AnySchema } from 'ajv';
import addFormats from 'ajv-formats';
import { type PackageContent, readPackage, runScript } from '../support/packaging';

const root = join(__dirname, '..', '..');
const release = join(root, 'build', 'release');
const version = String(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
const name = `agent-pool-token-${version}`;
const home = 'https://github.com/fabrikam/pool-token';

interface Bom {
  serialNumber?: string;
  metadata: { timestamp?: string; component: { version: string; hashes: { alg: string; content: string }[] } };
  components: { name: string; version: string; purl: string; licenses: { license: { id: string } }[] }[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}

describe('the files of a release', () => {
  let packaged: PackageContent;
  let checksum: string;
  let bom: Bom;
  before(async function () {
    this.timeout(300_000);
    const { status, stderr } = runScript('release-files.ts', '--publisher', 'fabrikam', '--repository', home);
    assert.deepEqual([status, stderr], [0, '']);
    const bytes = readFileSync(join(release, `${name}.vsix`));
    packaged = await readPackage(`${name}.vsix`, bytes);
    checksum = createHash('sha256').update(bytes).digest('hex');
    bom = JSON.parse(readFileSync(join(release, `${name}.cdx.json`), 'utf8'));
  });

  it('are the package with its checksum and bill of materials, and the set-up command with its own', () => {
    const command = name.replace('agent-pool-token-', 'agent-pool-token-issuer-');
    assert.deepEqual(readdirSync(release).sort(), [
      `${name}.cdx.json`,
      `${name}.vsix`,
      `${name}.vsix.sha256`,
      `${command}.mjs`,
      `${command}.mjs.sha256`,
    ]);
    // As `sha256sum --check` reads it.
    assert.equal(readFileSync(join(release, `${name}.vsix.sha256`), 'utf8'), `${checksum}  ${name}.vsix\n`);
  });

  it('lead people into the repository from every place of the package', async () => {
    const manifest = await packaged.text('extension.vsixmanifest');
    assert.match(manifest, /Publisher="fabrikam"/);
    assert.match(manifest, new RegExp(`Links\\.Getstarted" Value="${home}/blob/HEAD/docs/setup\\.md"`));
    assert.match(manifest, new RegExp(`Links\\.Support" Value="${home}/issues"`));
    assert.match(manifest, new RegExp(`Links\\.GitHub" Value="${home}"`));
    assert.match(manifest, /<Badge Link="[^"]+" ImgUri="https:\/\/img\.shields\.io\/github\//);
    assert.match(
      await packaged.text('overview.md'),
      new RegExp(`\\[how to set up an issuer\\]\\(${home}/blob/HEAD/docs/setup\\.md\\)`),
    );
    for (const file of packaged.files.filter((name) => /\.(json|resjson|md|vsomanifest)$/.test(name))) {
      const text = await packaged.text(file);
      assert.doesNotMatch(text, /marketplace\.visualstudio\.com/, file);
      assert.doesNotMatch(text, /\]\((?!https:|images\/)/, `${file} has a link that leads nowhere`);
    }
  });

  it('come with what has changed', () => {
    const notes = readFileSync(join(root, 'build', 'release-notes.md'), 'utf8');
    assert.match(notes, /^- /m);
    assert.doesNotMatch(notes, /^## /m);
  });

  it('have a bill of materials that fits the CycloneDX schema', () => {
    const schemas = join(dirname(require.resolve('@cyclonedx/cyclonedx-library/package.json')), 'res', 'schema');
    const read = (file: string): AnySchema => JSON.parse(readFileSync(join(schemas, file), 'utf8'));
    const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
    // Formats of JSON Schema 2019 that no library here checks: internationalised addresses.
    for (const format of ['iri-reference', 'idn-email']) ajv.addFormat(format, true);
    ajv.addSchema(read('spdx.SNAPSHOT.schema.json'), 'http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json');
    ajv.addSchema(read('jsf-0.82.SNAPSHOT.schema.json'), 'http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json');
    const valid = ajv.compile(read('bom-1.6.SNAPSHOT.schema.json'));
    assert.ok(valid(bom), JSON.stringify(valid.errors, null, 2));
    assert.ok(!valid({ ...bom, components: [{ type: 'library' }] }), 'the schema would not notice anything');
  });

  it('have a bill of materials of this package, with every library that its notices name', async () => {
    assert.equal(bom.metadata.component.version, version);
    assert.deepEqual(bom.metadata.component.hashes, [{ alg: 'SHA-256', content: checksum }]);
    const listed = bom.components.map((component) => {
      assert.equal(component.purl, `pkg:npm/${component.name}@${component.version}`);
      return `${component.name} ${component.version} (${component.licenses[0]?.license.id})`;
    });
    const notices = await packaged.text('THIRD-PARTY-NOTICES.txt');
    const named = [...notices.matchAll(/^([\w@/.-]+ \d+\.\d+\.\d+ \([^)]+\))$/gm)].map(([, line]) => line);
    assert.deepEqual(listed.sort(), named.sort());
    assert.deepEqual(
      bom.components.map(({ name }) => name),
      ['azure-pipelines-task-lib'],
    );
  });

  it('have a bill of materials in which each library is needed by something', () => {
    const needed = new Set(bom.dependencies.flatMap(({ dependsOn }) => dependsOn ?? []));
    assert.deepEqual([...needed].sort(), bom.components.map(({ purl }) => purl).sort());
  });

  it('hold no time and no random number: the same package has the same ones', () => {
    assert.equal(bom.serialNumber, undefined);
    assert.equal(bom.metadata.timestamp, undefined);
  });
});
