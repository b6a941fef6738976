import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { unpackPackage } from '../../dev/job-runner/plan/package-file';

const dist = join(__dirname, '..', '..', 'dist');

let unpacked: Promise<string> | undefined;

/** The folder of the unpacked package, which lasts as long as this process. */
export function unpackedExtension(): Promise<string> {
  unpacked ??= unpack();
  return unpacked;
}

async function unpack(): Promise<string> {
  const packages = existsSync(dist) ? readdirSync(dist).filter((name) => name.endsWith('.vsix')) : [];
  const [file] = packages;
  if (file === undefined || packages.length > 1) {
    throw new Error(`Expected one package in dist, found ${packages.length}: run \`npm run package\` first.`);
  }
  const folder = await unpackPackage(join(dist, file));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
