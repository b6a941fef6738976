import { join } from 'node:path';
import { leaseIn } from '../job';
import { median } from '../numbers';
import type { FarServices } from './far-services';
import type { Run } from './run';

/** Milliseconds one way: two distances, so that what does not grow with the distance cancels out. */
const [near, far] = [50, 200];

type Times = Record<'main' | 'post', number>;

/** How many round trips main and post wait for, where every host is far away behind a near proxy. */
export async function roundTrips(services: FarServices, task: string, run: Run): Promise<Times> {
  const onceAt = async (oneWay: number): Promise<Times> => {
    services.moveAway(oneWay);
    const main = await run(join(task, 'main.js'), services.env);
    const post = await run(join(task, 'post.js'), { ...services.env, ...leaseIn(main.output) });
    return { main: main.milliseconds, post: post.milliseconds };
  };
  const measured: Record<'near' | 'far', Times[]> = { near: [], far: [] };
  for (let round = 0; round < 3; round++) {
    measured.near.push(await onceAt(near));
    measured.far.push(await onceAt(far));
  }
  if (services.activeTokens() > 0) throw new Error('A token was left alive: these figures are worthless.');
  const medianOf = (times: Times[], stage: keyof Times) => median(times.map((each) => each[stage]));
  const trips = (stage: keyof Times) =>
    (medianOf(measured.far, stage) - medianOf(measured.near, stage)) / (2 * (far - near));
  return { main: trips('main'), post: trips('post') };
}
