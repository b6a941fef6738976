import { fstatSync, statSync } from 'node:fs';

let broken = false;
// Without a listener the process would end, and a post with it; the agent may stop reading at any time.
process.stdout.on('error', () => {
  broken = true;
});

/** Whether the agent has taken all that was written so far; false where it no longer reads, or never did. */
export function outputIsRead(): Promise<boolean> {
  if (isDiscarded()) return Promise.resolve(false);
  return new Promise((resolve) => {
    process.stdout.write('', () => setImmediate(() => resolve(!broken)));
  });
}

/** Node opens the null device in place of an output that is closed when it starts. */
function isDiscarded(): boolean {
  try {
    const output = fstatSync(1);
    return output.isCharacterDevice() && output.rdev === statSync('/dev/null').rdev;
  } catch {
    // There is no such device on Windows.
    return false;
  }
}

/**
 * Calls the listener where the process is about to end because it waits for nothing any more.
 * @returns what takes the listener back.
 */
export function onDrained(listener: () => void): () => void {
  process.once('beforeExit', listener);
  return () => void process.off('beforeExit', listener);
}
