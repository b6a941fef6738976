/**
 * npm run package: leaves exactly one file, dist/agent-pool-token-<version>.vsix.
 *
 *   --publisher NAME    for another publisher
 *   --repository URL    links lead to this repository, on GitHub or in Azure Repos
 *   --dev               the extension for development, which stands beside the real one: other ids and names
 *   --patch N           its patch version; else the number of commits
 *   --output FOLDER     instead of dist; packages that are in it are deleted
 */
import { statSync } from 'node:fs';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { editionOf, editionOptions } from './edition/edition';
import { root } from './layout';
import { makePackage } from './packaging/vsix';

async function main(): Promise<void> {
  const { file } = await makePackage(editionOf(parseArgs({ options: editionOptions }).values));
  console.log(`${relative(root, file)} ${(statSync(file).size / 1000).toFixed(1)} kB`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
