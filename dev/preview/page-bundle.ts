import { basename, join } from 'node:path';
import { build } from 'esbuild';

/** The files that the page loads, by their names. */
export interface PageBundle {
  script: string;
  style: string;
  /** Every file: those two, and the fonts that the style names. A name stands for one content for ever. */
  files: ReadonlyMap<string, Uint8Array>;
}

let bundled: Promise<PageBundle> | undefined;

/** The page with the platform's components, bundled once for all previews of this process. @throws for any warning. */
export function bundledPage(): Promise<PageBundle> {
  bundled ??= bundle();
  return bundled;
}

async function bundle(): Promise<PageBundle> {
  const { outputFiles, warnings } = await build({
    entryPoints: [join(__dirname, 'page', 'main.tsx')],
    outdir: join(__dirname, 'page'),
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    jsx: 'automatic',
    minify: true,
    legalComments: 'none',
    // React says then on the console what is wrong with a page.
    define: { 'process.env.NODE_ENV': '"development"' },
    // The icons are fonts beside the components' styles.
    loader: { '.woff': 'file', '.woff2': 'file' },
    entryNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    logLevel: 'silent',
  });
  if (warnings.length > 0)
    throw new Error(`The page cannot be bundled: ${warnings.map(({ text }) => text).join('; ')}`);
  const files = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
  const named = (ending: string) => [...files.keys()].find((name) => name.endsWith(ending)) ?? '';
  return { script: named('.js'), style: named('.css'), files };
}
