import { randomUUID } from 'node:crypto';
import { type Actor, accessDenied, isProjectAdministrator, requireActor, requireProject } from '../organization/actors';
import { type Answer, envelope, notKnown, Refusal } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { mayChange, mayInProject, sees } from './access';
import { readEndpoint, requireComplete } from './body';
import type { EndpointRole, ServiceEndpoint } from './endpoint';
import { federationOf } from './federation';
import { endpointJson } from './json';

const read = ['vso.serviceendpoint', 'vso.serviceendpoint_query', 'vso.serviceendpoint_manage'];
const manage = ['vso.serviceendpoint_manage'];

/** `GET /{organization}/_apis/serviceendpoint/types?type=&scheme=` */
export function listEndpointTypes(exchange: Exchange, state: State): Answer {
  requireActor(exchange, state, read);
  const [name, scheme] = [exchange.query('type')?.toLowerCase(), exchange.query('scheme')?.toLowerCase()];
  const value = state.collection.endpointTypes
    .filter((type) => name === undefined || type.name.toLowerCase() === name)
    .filter(
      ({ authenticationSchemes }) =>
        scheme === undefined || authenticationSchemes.some((one) => one.scheme.toLowerCase() === scheme),
    )
    .map(({ extension, ...type }) => ({ ...type, ...(extension && { contributionSource: extension }) }));
  return { status: 200, json: { count: value.length, value } };
}

/** `POST /{organization}/_apis/serviceendpoint/endpoints` */
export function createEndpoint(exchange: Exchange, state: State): Answer {
  const actor = requireActor(exchange, state, manage);
  const { projects, ...body } = readEndpoint(exchange.json(), state);
  requireComplete(body, { state, exists: false });
  if (!isProjectAdministrator(actor, state)) {
    throw accessDenied(
      `Access denied. ${actor.displayName} needs the Creator role for service connections of the project.`,
    );
  }
  for (const { id, name } of projects) requireFreeName(name, id, state);
  const now = state.clock.now();
  const endpoint: ServiceEndpoint = {
    ...body,
    id: randomUUID(),
    projects,
    isShared: projects.length > 1,
    isReady: true,
    isDisabled: false,
    createdBy: { oid: actor.oid, displayName: actor.displayName },
    createdAt: now,
    modifiedAt: now,
    projectRoles: { [actor.oid]: 'Administrator' },
    collectionRoles: { [actor.oid]: 'Administrator' },
    pipelines: new Set(),
    openToAllPipelines: false,
    checks: [],
  };
  Object.assign(endpoint.parameters, federationOf(endpoint, state)?.parameters);
  state.collection.endpoints.all.push(endpoint);
  return { status: 200, json: endpointJson(endpoint, state) };
}

function requireFreeName(name: string, projectId: string, state: State): void {
  const taken = inProject(projectId, state).some(({ projects }) =>
    projects.some((project) => project.id === projectId && project.name.toLowerCase() === name.toLowerCase()),
  );
  if (!taken) return;
  const text = `Service connection with name ${name} already exists. Only a user having Administrator/User role permissions on service connection ${name} can see it.`;
  throw new Refusal(envelope(409, 'DuplicateServiceConnectionException', text));
}

function inProject(projectId: string, state: State): ServiceEndpoint[] {
  return state.collection.endpoints.all.filter(({ projects }) => projects.some(({ id }) => id === projectId));
}

/** Enumerations may be written by name or, as the client library does, by number. */
const filters = new Map<string, EndpointRole | undefined>([
  ['none', undefined],
  ['0', undefined],
  ['view', 'Reader'],
  ['32', 'Reader'],
  ['use', 'User'],
  ['16', 'User'],
  ['manage', 'Administrator'],
  ['2', 'Administrator'],
]);

function roleOf(exchange: Exchange): EndpointRole | undefined {
  const asked = exchange.query('actionFilter')?.toLowerCase() ?? 'none';
  if (!filters.has(asked)) throw notKnown(`for the action filter ${asked}`);
  return filters.get(asked);
}

/** `GET …/{project}/_apis/serviceendpoint/endpoints/{id}`: `null` where there is nothing that the actor may see. */
export function getEndpoint(exchange: Exchange, state: State): Answer {
  const actor = requireActor(exchange, state, read);
  const [project = '', id = ''] = exchange.route;
  const endpoint = inProject(requireProject(project, state).id, state).find((one) => one.id === id.toLowerCase());
  return { status: 200, json: (endpoint && shown(endpoint, actor, { role: roleOf(exchange), state })) ?? null };
}

/** `GET …/{project}/_apis/serviceendpoint/endpoints?endpointNames=&endpointIds=&type=&authSchemes=` */
export function listEndpoints(exchange: Exchange, state: State): Answer {
  const actor = requireActor(exchange, state, read);
  const role = roleOf(exchange);
  const project = requireProject(exchange.route[0] ?? '', state);
  const asked = (name: string) => exchange.query(name)?.toLowerCase().split(',').filter(Boolean);
  const [names, ids, schemes] = ['endpointNames', 'endpointIds', 'authSchemes'].map(asked);
  const type = exchange.query('type')?.toLowerCase();
  const value = inProject(project.id, state)
    .filter((one) => names?.includes(nameIn(one, project.id).toLowerCase()) ?? true)
    .filter((one) => ids?.includes(one.id) ?? true)
    .filter((one) => schemes?.includes(one.scheme.toLowerCase()) ?? true)
    .filter((one) => type === undefined || one.type.toLowerCase() === type)
    .flatMap((one) => shown(one, actor, { role, state }) ?? []);
  return { status: 200, json: { count: value.length, value } };
}

function nameIn({ projects }: ServiceEndpoint, projectId: string): string {
  return projects.find(({ id }) => id === projectId)?.name ?? '';
}

function shown(
  endpoint: ServiceEndpoint,
  actor: Actor,
  { role, state }: { role: EndpointRole | undefined; state: State },
): object | undefined {
  if (role && !mayInProject(actor, role, { endpoint, state })) return undefined;
  const { id, name } = endpoint;
  switch (sees(actor, { endpoint, state })) {
    case 'everything':
      return endpointJson(endpoint, state);
    case 'idAndName':
      return { id, name };
    case 'nothing':
      return undefined;
  }
}

/** `DELETE …/_apis/serviceendpoint/endpoints/{id}?projectIds=`: from these projects; with the last of them it is gone. */
export function deleteEndpoint(exchange: Exchange, state: State): Answer {
  const actor = requireActor(exchange, state, manage);
  const endpoint = requireEndpoint(exchange.route[0] ?? '', state);
  const ids = exchange.query('projectIds')?.toLowerCase().split(',') ?? [];
  if (ids.length === 0) throw notKnown('where no project is named to delete a connection from');
  if (!mayChange(actor, { endpoint, state }) && !mayInProject(actor, 'Administrator', { endpoint, state })) {
    throw notAdministrator();
  }
  endpoint.projects = endpoint.projects.filter(({ id }) => !ids.includes(id));
  const { all } = state.collection.endpoints;
  if (endpoint.projects.length === 0) all.splice(all.indexOf(endpoint), 1);
  return { status: 204 };
}

/** The connection in a path. */
export function requireEndpoint(id: string, state: State): ServiceEndpoint {
  const endpoint = state.collection.endpoints.find(id);
  if (endpoint) return endpoint;
  throw new Refusal(envelope(404, 'ServiceEndpointNotFoundException', `Service endpoint ${id} could not be found.`));
}

/** The refusal of a caller who administers the connection in a project alone, or not at all. */
export function notAdministrator(): Refusal {
  return accessDenied(
    'You need to be an organization/collection level Administrator of the service endpoint to perform this operation.',
  );
}
