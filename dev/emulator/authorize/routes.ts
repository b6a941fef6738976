import { routeOutsideOrganization } from '../requests/route';
import { authorize } from './authorize';
import { consent, signIn } from './sign-in';

const host = 'entra';

/** The pages on which a person signs in. */
export const authorizeRoutes = [
  routeOutsideOrganization(
    'entra.authorize',
    { host, method: 'GET', path: '/([^/]+)/oauth2/v2\\.0/authorize' },
    authorize,
  ),
  routeOutsideOrganization('entra.login', { host, method: 'POST', path: '/([^/]+)/login' }, signIn),
  routeOutsideOrganization('entra.consent', { host, method: 'POST', path: '/([^/]+)/consent' }, consent),
];
