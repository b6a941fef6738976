import { spawnSync } from 'node:child_process';

const mostTries = 6;
const pause = 5000;

/**
 * Makes sure that a program is there, from Debian's package of that name if need be.
 * @throws where it cannot be had: a test that needs it fails then, and is not skipped.
 */
export function requireProgram(name: string): void {
  for (let attempt = 1; !isThere(name); attempt++) {
    if (attempt > 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
    if (attempt > mostTries)
      throw new Error(`These tests need ${name}: run \`apt-get update && apt-get install ${name}\`.`);
    // Another test may be installing something just now, and hold the lock.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['update', '-qq'], { env, stdio: 'ignore' });
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], { env, stdio: 'ignore' });
  }
}

function isThere(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' }).status === 0;
}
