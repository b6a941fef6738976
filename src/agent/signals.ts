/**
 * The agent's requests to stop: SIGINT, then SIGTERM, then it kills; on Windows SIGBREAK takes the place of SIGTERM. This
 * module is the first import of every entry, because a process that does not listen yet ends at once, and a post that
 * ends so revokes nothing.
 */
const listeners = new Set<() => void>();
let interrupted = false;

for (const name of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) {
  process.on(name, () => {
    interrupted = true;
    for (const listener of [...listeners]) listener();
  });
}

/**
 * Calls the listener at each signal, and soon if one has come before.
 * @returns what takes the listener back.
 */
export function onInterrupt(listener: () => void): () => void {
  listeners.add(listener);
  if (interrupted) {
    queueMicrotask(() => {
      if (listeners.has(listener)) listener();
    });
  }
  return () => void listeners.delete(listener);
}
