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
 * What the task library loads for helpers that nothing here calls: running other programs and reading their output, matching
 * file names. It is a third of a bundle, and read on every start.
 */
const leftOut = ['qs', 'q', 'minimatch', 'tunnel', './toolrunner', './externaloutput'];

/** The one comparison that the task library makes of versions as it loads: of Node's own, which are numbers alone. */
const comparison = `exports.lt = (version, minimum) => {
  const [left, right] = [version, minimum].map((text) => text.split('.').map(Number));
  const differing = right.findIndex((number, index) => left[index] !== number);
  return differing !== -1 && left[differing] < right[differing];
};`;

/** Puts in their place what fails loudly, should anything call them after all. */
const withoutUnused: Plugin = {
  name: 'without-unused',
  setup({ onResolve, onLoad }) {
    onResolve(
      { filter: new RegExp(`^(${leftOut.map((path) => path.replace('.', '\\.')).join('|')})$`) },
      ({ path }) => ({ path, namespace: 'left-out' }),
    );
    onResolve({ filter: /^semver$/ }, () => ({ path: 'semver', namespace: 'comparison' }));
    onLoad({ filter: /.*/, namespace: 'comparison' }, () => ({ contents: comparison }));
    onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, {
        get: (_, name) => () => { throw new Error("${path} is left out of this bundle, and so is " + String(name)); }
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
    // An agent on an old system runs a Node20_1 handler on Node 16.
    target: 'node16',
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
