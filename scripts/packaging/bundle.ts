import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { root } from '../layout';
import { taskLibrary } from './task-library';

/** One self-contained file for an entry: an agent starts it without a node_modules folder. */
export async function bundle(entry: string, outfile: string): Promise<Metafile> {
  const { metafile, warnings } = await build({
    entryPoints: [join(root, entry)],
    outfile,
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    // An agent on an old system runs a Node20_1 handler on Node 16.
    target: 'node16.9',
    minify: true,
    legalComments: 'none',
    metafile: true,
    plugins: [taskLibrary],
  });
  if (warnings.length > 0) throw new Error(`Bundling ${entry}: ${warnings.map(({ text }) => text).join('; ')}`);
  refuseCopies(metafile, entry);
  return metafile;
}

/** Two copies of the task library in one process break each other. */
function refuseCopies(metafile: Metafile, entry: string): void {
  const copies = new Set(packagesOf(metafile).filter((folder) => folder.endsWith('/azure-pipelines-task-lib')));
  if (copies.size > 1) throw new Error(`${entry} bundles ${copies.size} copies of azure-pipelines-task-lib.`);
}

/** Folders of the packages whose files are in a bundle. */
export function packagesOf(metafile: Metafile): string[] {
  const folders = Object.keys(metafile.inputs)
    .map(packageOf)
    .filter((folder) => folder !== undefined);
  return [...new Set(folders)].sort();
}

/** The folder of the package that a bundled file belongs to, from the root; none for our own files. */
export function packageOf(file: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
}
