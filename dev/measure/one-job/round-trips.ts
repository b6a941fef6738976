import { join } from 'node:path';
import { leaseIn } from '../job';
import { median } from '../numbers';
import type { FarServices } from './far-services';
import type { Run } from './run';

/** Milliseconds one way: two distances, so that what does not grow with the distance cancels out. */
const distances = [50, 200] as const;

/** How many round trips main and post wait for, where every host is far away behind a near proxy. */
export async function roundTrips(far: FarServices, task: string, run: Run): Promise<{ main: number; post: number }> {
  const once = async () => {
    const main = await run(join(task, 'main.js'), far.env);
    const post = await run(join(task, 'post.js'), { ...far.env, ...leaseIn(main.output) });
    return { main: main.milliseconds, post: post.milliseconds };
  };
  const [near, away] = [[], []] as [{ main: number; post: number }[], { main: number; post: number }[]];
  for (let round = 0; round < 3; round++) {
    for (const [index, measured] of [near, away].entries()) {
      far.moveAway(distances[index] as number);
      measured.push(await once());
    }
  }
  if (far.activeTokens() > 0) throw new Error('A token was left alive: these figures are worthless.');
  const longer = 2 * (distances[1] - distances[0]);
  const trips = (stage: 'main' | 'post') =>
    (median(away.map((times) => times[stage])) - median(near.map((times) => times[stage]))) / longer;
  return { main: trips('main'), post: trips('post') };
}
