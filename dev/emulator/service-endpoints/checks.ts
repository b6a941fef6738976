import { accessDenied, identityRef, invalid, requireActor, requireProject } from '../organization/actors';
import { identityIdOf } from '../organization/collection';
import { type Answer, jsonObject, malformedJson, notKnown } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { mayInProject } from './access';
import type { EndpointCheck, ServiceEndpoint } from './endpoint';
import { requireEndpoint } from './endpoints';

const types = new Map([
  ['8c6f20a7-a545-4486-9777-f762fafe0d4d', 'Approval'],
  ['fe1de3ee-a436-41b4-bb20-f6eb4cb879a7', 'Task Check'],
  ['2ef31ad6-baa0-403a-8b45-2cbc9b4e5563', 'ExclusiveLock'],
]);
/** Minutes. */
const maxTimeout = 43_200;
const branchControl = '86b05a0c-73e6-4f7d-b3cf-e38f3b39a75b';

/** `GET …/{project}/_apis/pipelines/checks/configurations?resourceType=endpoint&resourceId=` */
export function listChecks(exchange: Exchange, state: State): Answer {
  requireActor(exchange, state, ['vso.build', 'vso.build_execute', 'vso.pipelineresources_manage']);
  requireProject(exchange.route[0] ?? '', state);
  requireResourceType(exchange.query('resourceType'));
  const endpoint = requireEndpoint(exchange.query('resourceId') ?? '', state);
  const expanded = exchange.query('$expand')?.toLowerCase() ?? 'none';
  if (expanded !== 'none' && expanded !== 'settings') throw notKnown(`where $expand is ${expanded}`);
  const withSettings = expanded === 'settings';
  const value = endpoint.checks.map((check) => {
    const { settings, ...json } = checkJson(check, endpoint, state);
    return withSettings ? { settings, ...json } : json;
  });
  return { status: 200, json: { count: value.length, value } };
}

/** `POST …/{project}/_apis/pipelines/checks/configurations` */
export function addCheck(exchange: Exchange, state: State): Answer {
  const actor = requireActor(exchange, state, ['vso.build_execute', 'vso.pipelineresources_manage']);
  requireProject(exchange.route[0] ?? '', state);
  const body = exchange.json();
  const resource = jsonObject(body.resource);
  requireResourceType(resource.type);
  const endpoint = requireEndpoint(String(resource.id), state);
  const typeId = String(jsonObject(body.type).id).toLowerCase();
  const name = types.get(typeId);
  if (name === undefined) throw notKnown(`for a check of the type ${typeId}`);
  const { timeout = maxTimeout } = body;
  if (typeof timeout !== 'number') throw malformedJson();
  if (!(timeout >= 1 && timeout <= maxTimeout)) throw invalid(`The timeout of a check is 1 to ${maxTimeout} minutes.`);
  const settings = jsonObject(body.settings ?? {});
  requireSettings(name, settings, state);
  requireAdministrator(actor, endpoint, state);
  const { nextCheckId: id } = state.collection.endpoints;
  state.collection.endpoints.nextCheckId += 1;
  const check: EndpointCheck = {
    id,
    type: { id: typeId, name },
    settings,
    timeout,
    createdBy: { oid: actor.oid, displayName: actor.displayName },
    createdAt: state.clock.now(),
  };
  endpoint.checks.push(check);
  return { status: 200, json: checkJson(check, endpoint, state) };
}

/** `DELETE …/{project}/_apis/pipelines/checks/configurations/{id}` */
export function deleteCheck(exchange: Exchange, state: State): Answer {
  const actor = requireActor(exchange, state, ['vso.build_execute', 'vso.pipelineresources_manage']);
  requireProject(exchange.route[0] ?? '', state);
  const id = Number(exchange.route[1]);
  const endpoint = state.collection.endpoints.all.find(({ checks }) => checks.some((check) => check.id === id));
  if (!endpoint) throw notKnown('where a check that is not there is deleted');
  requireAdministrator(actor, endpoint, state);
  endpoint.checks = endpoint.checks.filter((check) => check.id !== id);
  return { status: 204 };
}

function requireAdministrator(
  actor: Parameters<typeof mayInProject>[0],
  endpoint: ServiceEndpoint,
  state: State,
): void {
  if (mayInProject(actor, 'Administrator', { endpoint, state })) return;
  throw accessDenied(
    `Access denied. ${actor.displayName} needs the Administrator role for service connection ${endpoint.name}.`,
  );
}

function requireResourceType(type: unknown): void {
  if (String(type).toLowerCase() !== 'endpoint') throw notKnown(`for checks on a resource of the type ${type}`);
}

function requireSettings(type: string, settings: Record<string, unknown>, state: State): void {
  if (type === 'Approval') {
    const approvers = Array.isArray(settings.approvers) ? settings.approvers.map(jsonObject) : [];
    if (approvers.length === 0) throw invalid('At least one approver is required.');
    const known = Object.values(state.users).map(({ oid }) => identityIdOf(oid));
    if (!approvers.every(({ id }) => known.includes(String(id)))) throw notKnown('where an approver is not there');
  }
  if (type === 'Task Check' && jsonObject(settings.definitionRef).id !== branchControl) {
    throw notKnown('for a task check that is not branch control');
  }
}

function checkJson(check: EndpointCheck, endpoint: ServiceEndpoint, state: State) {
  const { id, type, settings, timeout, createdAt } = check;
  const by = identityRef(check.createdBy, state);
  const at = new Date(createdAt).toISOString();
  const resource = { type: 'endpoint', id: endpoint.id, name: endpoint.name };
  return {
    settings,
    createdBy: by,
    createdOn: at,
    modifiedBy: by,
    modifiedOn: at,
    timeout,
    id,
    version: 1,
    type,
    resource,
  };
}
