/**
 * Waits until every promise has settled, and only then throws the first error. `Promise.all` throws while the others
 * still go on: a test would then close the services and remove the folders that they use.
 */
export async function allSettled<Value>(promises: Iterable<Promise<Value>>): Promise<Value[]> {
  const results = await Promise.allSettled(promises);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/** Runs tasks from a list, so many at a time. A task that fails leaves the others to end first. */
export async function runAtOnce(atOnce: number, tasks: Iterable<() => Promise<void>>): Promise<void> {
  const waiting = [...tasks];
  const worker = async () => {
    for (let task = waiting.shift(); task; task = waiting.shift()) await task();
  };
  await allSettled(Array.from({ length: atOnce }, worker));
}
