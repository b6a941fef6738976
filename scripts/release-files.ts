/**
 * npm run release-files: what a release consists of, in build/release: the package, its SHA-256 checksum, and its
 * CycloneDX bill of materials; and in build/release-notes.md what has changed.
 *
 *   --tag vX.Y.Z        refuses to work unless that is the version of package.json, with a date in CHANGELOG.md
 *   --publisher, --repository   as with npm run package
 */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { editionOf, editionOptions } from './edition/edition';
import { readText, root } from './layout';
import { makePackage } from './packaging/vsix';
import { billOfMaterials } from './release/bom';
import { changesOf } from './release/changelog';

const { publisher, repository } = editionOptions;

async function main(): Promise<void> {
  const { tag, ...told } = parseArgs({ options: { publisher, repository, tag: { type: 'string' } } }).values;
  const output = join(root, 'build', 'release');
  const edition = editionOf({ ...told, dev: false, output });
  const { id, version } = edition;
  if (tag !== undefined && tag !== `v${version}`) {
    throw new Error(`The tag is ${tag}, but package.json has the version ${version}: raise it with npm version.`);
  }
  const changes = changesOf(readText('CHANGELOG.md'), version, tag !== undefined);

  rmSync(output, { recursive: true, force: true });
  const { name, file, bundles } = await makePackage(edition);
  const bytes = readFileSync(file);
  const checksum = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(`${file}.sha256`, `${checksum}  ${name}\n`);
  writeFileSync(file.replace(/\.vsix$/, '.cdx.json'), billOfMaterials(id, version, bytes, bundles));
  writeFileSync(join(root, 'build', 'release-notes.md'), changes);
  console.log(`${relative(root, output)}: ${name} ${checksum}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
