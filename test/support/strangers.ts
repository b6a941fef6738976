import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';

/** Where `npm run test:setup` puts the programs and packages of other projects. */
const folder = join(__dirname, '..', 'strangers');
const requireThere = createRequire(join(folder, 'package.json'));

/**
 * A package of test/strangers. The caller names the part of its interface that it uses, because the package is not there
 * yet when the types are checked.
 * @throws where it is not installed.
 */
export function strangerPackage<Interface>(name: string): Interface {
  return requireThere(found(name));
}

/** The path of a file that a package of test/strangers has. */
export function strangerFile(name: string, file: string): string {
  return found(join(name, file));
}

/** The Node with which an agent starts tasks, in the version that the lock file of test/strangers pins. */
export function agentNode(name: 'node16' | 'node20' | 'node24'): string {
  return found(join(name, 'bin', 'node'));
}

/** The browser for pages and pictures. */
export function browser(): string {
  return needed(join(folder, 'browser', 'chromium'));
}

/**
 * PowerShell 7, as the test set-up installed it or as the machine has it; undefined where there is none, which the
 * caller says when it skips a test.
 */
export function powerShell(): string | undefined {
  const name = process.platform === 'win32' ? 'pwsh.exe' : 'pwsh';
  const places = [join(folder, 'pwsh'), ...(process.env.PATH ?? '').split(delimiter)];
  return places.map((place) => join(place, name)).find((file) => existsSync(file));
}

/** Makes sure that a program of Debian is there. */
export function requireProgram(name: string): void {
  const { status } = spawnSync('sh', ['-c', `PATH="$PATH:/usr/sbin:/sbin" command -v ${name}`], { stdio: 'ignore' });
  if (status !== 0) throw new Error(`There is no ${name} on this machine. Run \`npm run test:setup\`.`);
}

function found(path: string): string {
  return needed(join(folder, 'node_modules', path));
}

function needed(path: string): string {
  if (existsSync(path)) return path;
  throw new Error(`There is no ${path}. Run \`npm run test:setup\`.`);
}
