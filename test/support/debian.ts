import { spawnSync } from 'node:child_process';

/** Milliseconds: a browser comes with many packages, and another test may be installing one of its own at the same time. */
const patience = 240_000;
const pause = 3000;

/**
 * Makes sure that a program is there, from Debian's package of that name if need be.
 * @throws where it cannot be had: a test that needs it fails then, and is not skipped.
 */
export function requireProgram(name: string): void {
  const giveUpAt = Date.now() + patience;
  while (!isThere(name)) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['update', '-qq'], { env, stdio: 'ignore' });
    const options = ['-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=60'];
    const { status } = spawnSync('apt-get', ['install', ...options, name], { env, stdio: 'ignore' });
    if (isThere(name)) return;
    // What is no lack of the lock does not go away: neither apt-get itself nor the right to use it.
    const isHopeless = status === null || process.getuid?.() !== 0;
    if (isHopeless || Date.now() > giveUpAt) {
      throw new Error(`These tests need ${name}: run \`apt-get update && apt-get install ${name}\`.`);
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
  }
}

function isThere(name: string): boolean {
  return spawnSync('sh', ['-c', `PATH="$PATH:/usr/sbin:/sbin" command -v ${name}`], { stdio: 'ignore' }).status === 0;
}
