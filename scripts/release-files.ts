import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { runCommand } from './command-line';
import { editionHelp, editionOf, editionOptions } from './edition/edition';
import { readText, root } from './layout';
import { makePackage } from './packaging/vsix';
import { billOfMaterials } from './release/bom';
import { changesOf } from './release/changelog';
import { bundleIssuerCommand } from './release/issuer-command';

const { publisher, repository } = editionOptions;

void runCommand({
  help: `npm run release-files [-- options]

What a release consists of, in build/release: the package and the set-up command, each with its SHA-256 checksum, and
the package's CycloneDX bill of materials; and in build/release-notes.md what has changed.

  --tag vX.Y.Z       refuses to work unless that is the version of package.json, with a date in CHANGELOG.md
${editionHelp}`,
  options: { publisher, repository, tag: { type: 'string' } },
  async run({ tag, ...given }) {
    const output = join(root, 'build', 'release');
    const edition = editionOf({ ...given, dev: false, output });
    const { id, version } = edition;
    if (tag !== undefined && tag !== `v${version}`) {
      throw new Error(`The tag is ${tag}, but package.json has the version ${version}: raise it with npm version.`);
    }
    const changes = changesOf(readText('CHANGELOG.md'), version, tag !== undefined);
    for (const line of edition.missing) console.warn(line);

    rmSync(output, { recursive: true, force: true });
    const { name, file, bundles } = await makePackage(edition);
    const bytes = readFileSync(file);
    const command = `${id}-issuer-${version}.mjs`;
    await bundleIssuerCommand(join(output, command));
    for (const made of [name, command])
      writeFileSync(join(output, `${made}.sha256`), `${checksumOf(made, output)}  ${made}\n`);
    writeFileSync(file.replace(/\.vsix$/, '.cdx.json'), billOfMaterials(id, version, bytes, bundles));
    writeFileSync(join(root, 'build', 'release-notes.md'), changes);
    console.log(`${relative(root, output)}: ${name} ${checksumOf(name, output)}`);
  },
});

function checksumOf(name: string, folder: string): string {
  return createHash('sha256')
    .update(readFileSync(join(folder, name)))
    .digest('hex');
}
