import { routesOn } from '../requests/route';
import { connectionData, describeLocations, listResourceAreas } from './locations';
import { getTimeline } from './timelines';

const of = routesOn('organization');
const everywhere = routesOn('organization', 'tokens', 'release', 'entitlements');

/** What every client of an organization asks first, and what a job may ask about runs. */
export const organizationRoutes = [
  of('timelines.get', ['GET', '/([^/]+)/_apis/build/builds/(\\d+)/timeline'], getTimeline),
  everywhere(
    'connectionData',
    ['GET', '/_apis/connectionData', 'connectOptions', 'lastChangeId', 'lastChangeId64'],
    connectionData,
  ),
  everywhere('locations', ['OPTIONS', '/_apis(?:/([^/]+))?'], describeLocations),
  everywhere('resourceAreas', ['GET', '/_apis/resourceAreas(?:/([^/]+))?'], listResourceAreas),
];
