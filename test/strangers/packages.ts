import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Log, run } from './run';

const stamp = join(__dirname, 'node_modules', '.installed');

/** Installs the packages of this folder's lock file, which holds the hash of each. */
export async function installPackages(log: Log): Promise<void> {
  const lock = readFileSync(join(__dirname, 'package-lock.json'));
  const wanted = [process.platform, process.arch, createHash('sha256').update(lock).digest('hex')].join(' ');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  log('installs the packages of test/strangers');
  // None of them has an installation script that it needs.
  const options = ['--prefix', __dirname, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error'];
  await run('npm', ['ci', ...options]);
  rmSync(join(__dirname, 'browser'), { recursive: true, force: true });
  writeFileSync(stamp, wanted);
}
