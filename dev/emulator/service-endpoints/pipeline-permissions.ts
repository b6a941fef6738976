import { accessDenied, identityRef, requireActor, requireProject } from '../organization/actors';
import { type Answer, jsonObject, malformedJson, notKnown } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { mayInProject } from './access';
import type { ServiceEndpoint } from './endpoint';
import { requireEndpoint } from './endpoints';

/** `GET …/{project}/_apis/pipelines/pipelinepermissions/endpoint/{id}` */
export function getPipelinePermissions(exchange: Exchange, state: State): Answer {
  requireActor(exchange, state, ['vso.build', 'vso.pipelineresources_use', 'vso.pipelineresources_manage']);
  requireProject(exchange.route[0] ?? '', state);
  return { status: 200, json: permissionsJson(requireEndpoint(exchange.route[1] ?? '', state), state) };
}

/** `PATCH` of the same: what it does not name stays as it is. */
export function updatePipelinePermissions(exchange: Exchange, state: State): Answer {
  const actor = requireActor(exchange, state, ['vso.pipelineresources_manage']);
  const project = requireProject(exchange.route[0] ?? '', state);
  const endpoint = requireEndpoint(exchange.route[1] ?? '', state);
  const { pipelines = [], allPipelines, ...other } = exchange.json();
  const [unknown] = Object.keys(other).filter((name) => name !== 'resource');
  if (unknown !== undefined) throw notKnown(`to a change of ${unknown} in permissions`);
  if (!Array.isArray(pipelines)) throw malformedJson();
  const changes = pipelines.map(jsonObject).map(({ id, authorized }) => {
    if (typeof id !== 'number' || typeof authorized !== 'boolean') throw malformedJson();
    if (!state.collection.pipelines.some((one) => one.id === id && one.projectId === project.id)) {
      throw notKnown('where a pipeline that is not there is authorized');
    }
    return { id, authorized };
  });
  const toAll = allPipelines ? jsonObject(allPipelines).authorized : undefined;
  if (toAll !== undefined && typeof toAll !== 'boolean') throw malformedJson();
  if (!mayInProject(actor, 'Administrator', { endpoint, state })) {
    throw accessDenied(
      `Access denied. ${actor.displayName} needs the Administrator role for service connection ${endpoint.name}.`,
    );
  }
  for (const { id, authorized } of changes) {
    if (authorized) endpoint.pipelines.add(id);
    else endpoint.pipelines.delete(id);
  }
  if (toAll !== undefined) endpoint.openToAllPipelines = toAll;
  return { status: 200, json: permissionsJson(endpoint, state) };
}

function permissionsJson(endpoint: ServiceEndpoint, state: State) {
  const authorization = {
    authorized: true,
    authorizedBy: identityRef(endpoint.createdBy, state),
    authorizedOn: new Date(endpoint.modifiedAt).toISOString(),
  };
  return {
    resource: { type: 'endpoint', id: endpoint.id },
    ...(endpoint.openToAllPipelines ? { allPipelines: authorization } : {}),
    pipelines: [...endpoint.pipelines].map((id) => ({ id, ...authorization })),
  };
}
