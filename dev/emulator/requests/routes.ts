import { agentIdentityRoutes } from '../agent-identity/routes';
import { authorizeRoutes } from '../authorize/routes';
import { patRoutes } from '../azure-devops/pats/routes';
import { poolRoutes } from '../azure-devops/pools/routes';
import { organizationRoutes } from '../azure-devops/routes';
import { targetRoutes } from '../azure-devops/targets/routes';
import { signInRoutes } from '../entra/routes';
import { graphRoutes } from '../graph/routes';
import { collectionRoutes } from '../organization/routes';
import { endpointRoutes } from '../service-endpoints/routes';
import { type Place, placeOf } from './hosts';
import type { Route } from './route';

/** Every room lists its own requests; a new room takes one line here. */
const routes: Route[] = [
  ...signInRoutes,
  ...patRoutes,
  ...poolRoutes,
  ...targetRoutes,
  ...organizationRoutes,
  ...endpointRoutes,
  ...collectionRoutes,
  ...authorizeRoutes,
  ...graphRoutes,
  ...agentIdentityRoutes,
];

/** The route for a request, if there is one, and its variables. */
export function match(method: string, url: URL, organization: string): { route?: Route; variables: string[] } {
  const place = placeOf(url, organization);
  const withId = [...url.searchParams.keys()].some((name) => name.toLowerCase() === 'authorizationid');
  for (const route of routes) {
    if (route.method !== method || (route.withId ?? withId) !== withId || !isAt(route, place)) continue;
    const path = route.ofOrganization ? place.pathInOrganization : url.pathname;
    const found = route.path.exec(path ?? '');
    if (found) return { route, variables: found.slice(1).map((variable) => variable ?? '') };
  }
  return { variables: [] };
}

function isAt({ hosts }: Route, { host }: Place): boolean {
  return host === 'every' || (host !== undefined && hosts.includes(host));
}
