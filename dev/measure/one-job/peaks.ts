import { join } from 'node:path';
import { leaseIn } from '../job';
import { median } from '../numbers';
import { PeakMemory } from '../peak-memory';
import type { Run } from './run';

const rounds = 5;

/** The most memory that an empty script, main and post have: medians, in MiB. Apart from times, which it would change. */
export async function peaks({
  folder,
  task,
  empty,
  env,
  run,
}: Record<'folder' | 'task' | 'empty', string> & { env: NodeJS.ProcessEnv; run: Run }) {
  const peak = new PeakMemory(folder);
  const watched = peak.environment(env);
  const measured: Record<'empty' | 'main' | 'post', number[]> = { empty: [], main: [], post: [] };
  for (let round = 0; round < rounds; round++) {
    await run(empty, watched, peak.options);
    measured.empty.push(peak.read());
    const { output } = await run(join(task, 'main.js'), watched, peak.options);
    measured.main.push(peak.read());
    await run(join(task, 'post.js'), { ...watched, ...leaseIn(output) }, peak.options);
    measured.post.push(peak.read());
  }
  const mebibytes = (values: number[]) => median(values) / 1024;
  const { empty: floor, main, post } = measured;
  return { empty: mebibytes(floor), main: mebibytes(main), post: mebibytes(post) };
}
