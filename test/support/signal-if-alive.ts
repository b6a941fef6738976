/**
 * Sends a signal to the process of a task. One that has ended by itself meanwhile counts as ended at that point too: what it
 * printed after its last request is read when it is gone. Whether it ended as it should is for the test to check.
 */
export function signalIfAlive(processId: number, signal: NodeJS.Signals): void {
  try {
    process.kill(processId, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
