import { invalid, requireActor } from '../organization/actors';
import { type Answer, notKnown } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { mayChange } from './access';
import { readEndpoint, readProjects, requireComplete, type WrittenEndpoint } from './body';
import { fieldOf, type ServiceEndpoint } from './endpoint';
import { notAdministrator, requireEndpoint } from './endpoints';
import { federationOf } from './federation';
import { endpointJson, isConfidential } from './json';

const manage = ['vso.serviceendpoint_manage'];

/**
 * `PUT /{organization}/_apis/serviceendpoint/endpoints/{id}`, which writes the whole connection anew, whoever wrote it
 * last. Of its confidential parameters one that is `null` keeps its value, one that is left out is gone.
 */
export function updateEndpoint(exchange: Exchange, state: State): Answer {
  const actor = requireActor(exchange, state, manage);
  if (exchange.query('operation') !== undefined) throw notKnown('an update with an operation');
  const endpoint = requireEndpoint(exchange.route[0] ?? '', state);
  const body = exchange.json();
  const written = readEndpoint(body, state);
  if (!mayChange(actor, { endpoint, state })) throw notAdministrator();
  if (written.type.toLowerCase() !== endpoint.type.toLowerCase()) {
    throw invalid('The type of a service endpoint cannot be changed.');
  }
  const parameters = keepSecrets(written, endpoint, state);
  requireComplete({ ...written, parameters }, { state, exists: true });
  Object.assign(endpoint, written, {
    parameters,
    isShared: written.projects.length > 1,
    modifiedAt: state.clock.now(),
  });
  if (typeof body.isDisabled === 'boolean') endpoint.isDisabled = body.isDisabled;
  Object.assign(endpoint.parameters, federationOf(endpoint, state)?.parameters);
  return { status: 200, json: endpointJson(endpoint, state) };
}

/** The parameters as they are stored from now on. */
function keepSecrets(written: WrittenEndpoint, old: ServiceEndpoint, state: State): ServiceEndpoint['parameters'] {
  const type = state.collection.endpointType(old.type);
  const sameScheme = written.scheme === old.scheme;
  const entries = Object.entries(written.parameters).map(([key, value]): [string, string | null] => {
    if (value !== null || !isConfidential(type, written.scheme, key)) return [key, value];
    const stored = sameScheme ? fieldOf(old.parameters, key) : undefined;
    if (typeof stored === 'string' && (written.url !== old.url || !sameScheme)) throw enterAgain(key);
    if (!sameScheme) throw enterAgain(key);
    return [key, state.collection.endpoints.nullKeepsSecrets ? (stored ?? null) : null];
  });
  return Object.fromEntries(entries);
}

function enterAgain(key: string) {
  return invalid(
    `The URL or the authorization scheme of the service endpoint was changed. Enter the value of '${key}' again.`,
  );
}

/** `PATCH /{organization}/_apis/serviceendpoint/endpoints/{id}`: shares it with more projects, and does nothing else. */
export function shareEndpoint(exchange: Exchange, state: State): Answer {
  const actor = requireActor(exchange, state, manage);
  const endpoint = requireEndpoint(exchange.route[0] ?? '', state);
  const projects = readProjects(exchange.jsonList(), state);
  if (!mayChange(actor, { endpoint, state })) throw notAdministrator();
  endpoint.projects = [...endpoint.projects.filter(({ id }) => !projects.some((one) => one.id === id)), ...projects];
  endpoint.isShared = endpoint.projects.length > 1;
  return { status: 204 };
}
