import { requireActor } from '../organization/actors';
import { type Answer, notKnown } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { mayChange, mayInProject } from './access';

/** The namespace of service connections, and its bit for administering one. */
const namespace = '49b48001-ca20-4adc-8111-5b60c903a50c';
const administer = 2;

/** `GET /{organization}/_apis/permissions/{namespaceId}/{bits}?tokens=`: whether the caller has them, token by token. */
export function hasPermissions(exchange: Exchange, state: State): Answer {
  const actor = requireActor(exchange, state, [
    'vso.security_manage',
    'vso.serviceendpoint',
    'vso.serviceendpoint_manage',
  ]);
  const [id = '', bits] = exchange.route;
  if (id.toLowerCase() !== namespace || Number(bits) !== administer) throw notKnown(`for permissions ${bits} of ${id}`);
  if (exchange.query('delimiter') !== undefined) throw notKnown('for tokens with a delimiter of their own');
  const tokens = exchange.query('tokens')?.split(',') ?? [];
  const value = tokens.map((token) => {
    const [, level = '', endpointId = ''] = /^endpoints\/([^/]+)\/([0-9a-f-]{36})$/i.exec(token) ?? [];
    const endpoint = state.collection.endpoints.find(endpointId);
    if (!endpoint) throw notKnown(`for the security token ${token}`);
    if (level.toLowerCase() === 'collection') return mayChange(actor, { endpoint, state });
    return mayInProject(actor, 'Administrator', { endpoint, state });
  });
  return { status: 200, json: { count: value.length, value } };
}
