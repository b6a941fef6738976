import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand, UsageError } from './command-line';
import { readJson, root } from './layout';
import { type Component, publicDatabase, vulnerabilitiesOf } from './release/vulnerabilities';

const release = 'build/release';

void runCommand({
  help: `npm run scan [-- --required] [--database URL]

Asks a database of the OSV format for known vulnerabilities of each library in the bill of materials of build/release,
which npm run release-files makes. It fails if there is one. Where the database cannot be asked, it says that no scan
ran.

  --required       fails also where no scan ran
  --database URL   default ${publicDatabase}`,
  options: { required: { type: 'boolean', default: false }, database: { type: 'string', default: publicDatabase } },
  async run({ required, database }) {
    if (!URL.canParse(database)) throw new UsageError(`--database is a URL, not ${JSON.stringify(database)}.`);
    const file = billOfMaterials();
    const components = readJson(file).components as Component[];
    const found = await vulnerabilitiesOf(components, database).catch((error: Error) => error);
    if (found instanceof Error) {
      console.warn(`WARNING: no scan for known vulnerabilities ran. ${found.message}`);
      return required ? 1 : 0;
    }
    for (const { purl, id } of found) console.error(`${purl}: ${id}, https://osv.dev/vulnerability/${id}`);
    console.log(`${found.length} known vulnerabilities in the ${components.length} libraries of ${file}.`);
    return found.length === 0 ? 0 : 1;
  },
});

function billOfMaterials(): string {
  const files = readdirSync(join(root, release)).filter((name) => name.endsWith('.cdx.json'));
  const [file, ...others] = files;
  if (file === undefined || others.length > 0) {
    throw new Error(
      `Expected one bill of materials in ${release}, not ${files.length}: run npm run release-files first.`,
    );
  }
  return `${release}/${file}`;
}
