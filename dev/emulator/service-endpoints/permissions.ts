import { type Actor, isCollectionAdministrator, isProjectAdministrator, requireActor } from '../organization/actors';
import { type Answer, notKnown } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { mayChange, mayInProject } from './access';

/** Namespaces, and the bits that are known of each. */
const endpoints = '49b48001-ca20-4adc-8111-5b60c903a50c';
const [administer, create] = [2, 4];
const collection = '3e65f728-f8bc-4ecd-8764-7e378b19bfa7';
const change = 2;

/** `GET /{organization}/_apis/permissions/{namespaceId}/{bits}?tokens=`: whether the caller has them, token by token. */
export function hasPermissions(exchange: Exchange, state: State): Answer {
  const scopes = ['vso.security_manage', 'vso.serviceendpoint', 'vso.serviceendpoint_manage'];
  const actor = requireActor(exchange, state, scopes);
  const [id = '', bits] = exchange.route;
  if (exchange.query('delimiter') !== undefined) throw notKnown('for tokens with a delimiter of their own');
  const value = (exchange.query('tokens')?.split(',') ?? []).map((token) => {
    switch (`${id.toLowerCase()} ${bits}`) {
      case `${endpoints} ${administer}`:
        return mayAdminister(actor, token, state);
      case `${endpoints} ${create}`:
        return mayCreate(actor, token, state);
      case `${collection} ${change}`:
        return isCollectionAdministrator(actor, state);
      default:
        throw notKnown(`for permissions ${bits} of ${id}`);
    }
  });
  return { status: 200, json: { count: value.length, value } };
}

function mayAdminister(actor: Actor, token: string, state: State): boolean {
  const [, level = '', endpointId = ''] = /^endpoints\/([^/]+)\/([0-9a-f-]{36})$/i.exec(token) ?? [];
  const endpoint = state.collection.endpoints.find(endpointId);
  if (!endpoint) throw notKnown(`for the security token ${token}`);
  if (level.toLowerCase() === 'collection') return mayChange(actor, { endpoint, state });
  return mayInProject(actor, 'Administrator', { endpoint, state });
}

function mayCreate(actor: Actor, token: string, state: State): boolean {
  const [, projectId] = /^endpoints\/([0-9a-f-]{36})$/i.exec(token) ?? [];
  if (!state.projects.some(({ id }) => id === projectId)) throw notKnown(`for the security token ${token}`);
  return isProjectAdministrator(actor, state);
}
