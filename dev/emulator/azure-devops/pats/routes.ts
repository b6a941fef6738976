import { routesOn } from '../../requests/route';
import { createPat, getPat, listPats, revokePat, updatePat } from './pats';

const of = routesOn('tokens');
const path = '/_apis/tokens/pats';
const listed = ['displayFilterOption', 'sortByOption', 'isSortAscending', 'continuationToken', '$top'];

/** The PAT lifecycle API: one path, and for reading one parameter by which one token and a list differ. */
export const patRoutes = [
  of('pats.create', ['POST', path], createPat),
  { ...of('pats.get', ['GET', path, 'authorizationId'], getPat), withId: true },
  { ...of('pats.list', ['GET', path, ...listed], listPats), withId: false },
  of('pats.update', ['PUT', path], updatePat),
  of('pats.revoke', ['DELETE', path, 'authorizationId'], revokePat),
];
