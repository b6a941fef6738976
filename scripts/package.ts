import { statSync } from 'node:fs';
import { relative } from 'node:path';
import { runCommand } from './command-line';
import { editionHelp, editionOf, editionOptions } from './edition/edition';
import { root } from './layout';
import { makePackage } from './packaging/vsix';

void runCommand({
  help: `npm run package [-- options]

Leaves exactly one file in dist: agent-pool-token-<version>.vsix. The same commit and options give the same bytes.

${editionHelp}
  --dev              the extension for development, which stands beside the real one: other ids and names
  --patch N          its patch version; default: the number of commits
  --output FOLDER    instead of dist; packages that are in it are deleted`,
  options: editionOptions,
  async run(options) {
    const edition = editionOf(options);
    for (const line of edition.missing) console.warn(line);
    const { file } = await makePackage(edition);
    console.log(`${relative(root, file)} ${(statSync(file).size / 1000).toFixed(1)} kB`);
  },
});
