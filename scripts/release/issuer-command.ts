import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { root } from '../layout';
import { packagesOf } from '../packaging/bundle';
import { notices } from '../packaging/notices';

/** Libraries that are CommonJS ask for Node's modules by a function that an ES module does not have. */
const banner = `#!/usr/bin/env node
import { createRequire as createRequireOfNode } from 'node:module';
const require = createRequireOfNode(import.meta.url);`;

/** The set-up command as one file that Node runs, with the notices of the libraries in it at its end. */
export async function bundleIssuerCommand(outfile: string): Promise<Metafile> {
  const { metafile, warnings } = await build({
    entryPoints: [join(root, 'setup', 'main.ts')],
    outfile,
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    minify: true,
    legalComments: 'none',
    metafile: true,
    banner: { js: banner },
  });
  if (warnings.length > 0) throw new Error(`Bundling setup: ${warnings.map(({ text }) => text).join('; ')}`);
  const text = notices(packagesOf(metafile), 'This file contains').replaceAll('*/', '* /');
  writeFileSync(outfile, `${readFileSync(outfile, 'utf8')}\n/*\n${text}\n*/\n`);
  return metafile;
}
