import { join } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { root } from '../layout';

/** The library carries its messages in eleven languages, half of its size; its English ones are enough. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup({ onLoad }) {
    onLoad({ filter: /azure-pipelines-task-lib[\\/]lib-resource\.js$/ }, ({ path }) => {
      const resource = require(path) as Record<string, unknown>;
      const { messages } = resource;
      if (typeof messages !== 'object') throw new Error(`${path} has no messages: has the library changed its layout?`);
      const empty = Object.fromEntries(
        Object.entries(resource)
          .filter(([key]) => key !== 'messages')
          .map(([key]) => [key, {}]),
      );
      return { contents: JSON.stringify({ ...empty, messages }), loader: 'json' };
    });
  },
};

/**
 * What the libraries load for helpers that nothing here calls: building query strings, running other programs, matching
 * file names, tunnels through proxies (ours are kept open, and keep why they fail). It is a third of a bundle, and read
 * on every start.
 */
const leftOut = ['qs', 'q', 'minimatch', 'tunnel'];

/** Puts in their place what fails loudly, should anything call them after all. */
const withoutUnused: Plugin = {
  name: 'without-unused',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^(${leftOut.join('|')})$`) }, ({ path }) => ({ path, namespace: 'left-out' }));
    onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, {
        get(_, name) { throw new Error("${path} is left out of this bundle, and so is " + String(name)); }
      });`,
    }));
  },
};

/** One self-contained file for an entry: an agent starts it without a node_modules folder. */
export async function bundle(entry: string, outfile: string): Promise<Metafile> {
  const { metafile, warnings } = await build({
    entryPoints: [join(root, entry)],
    outfile,
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    minify: true,
    legalComments: 'none',
    metafile: true,
    plugins: [englishOnly, withoutUnused],
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
