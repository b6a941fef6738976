import type { Caller, PoolRole, Project } from '../../model';
import { notKnown } from '../../requests/answers';
import type { Exchange } from '../../requests/exchange';
import type { State } from '../../state';
import { mayOn } from '../access';

/** The project in the path, by name or id. */
export function requireProject(exchange: Exchange, state: State): Project {
  const wanted = decodeURIComponent(exchange.route[0] ?? '').toLowerCase();
  const { project } = state;
  if (wanted === project.id || wanted === project.name.toLowerCase()) return project;
  throw notKnown('for a project that is not there');
}

interface Place {
  id: number;
  name: string;
  roles: Record<string, PoolRole>;
}

/** The deployment groups or environments on which the caller has a role, of this name if one is asked for. */
export function placesOf<T extends Place>(
  places: readonly T[],
  caller: Caller,
  { name, role = 'view' }: { name?: string | undefined; role?: PoolRole } = {},
): T[] {
  return places
    .filter((place) => mayOn(place, caller, role))
    .filter((place) => name === undefined || place.name.toLowerCase() === name.toLowerCase());
}

/** The deployment group or environment in the path, which the caller must see, or manage. */
export function requirePlace<T extends Place>(
  places: readonly T[],
  exchange: Exchange,
  caller: Caller,
  role: 'view' | 'manage',
): T {
  const id = Number(exchange.route[1]);
  const [place] = placesOf(places, caller).filter((candidate) => candidate.id === id);
  if (!place) throw notKnown('for a deployment group or an environment that is not there or not visible');
  if (!mayOn(place, caller, role)) throw notKnown('where the role on a deployment group or an environment is too low');
  return place;
}
