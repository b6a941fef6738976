import { type Answer, envelope, notKnown, Refusal } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { accessDenied, isCollectionAdministrator, requireActor, requireProject } from './actors';
import type { Extension } from './extension';

function list(value: unknown[]): Answer {
  return { status: 200, json: { count: value.length, value } };
}

/** `GET /{organization}/_apis/projects` */
export function listProjects(exchange: Exchange, state: State): Answer {
  requireActor(exchange, state, ['vso.project', 'vso.profile']);
  return list(state.projects.slice(0, exchange.count('$top')).map((project) => projectJson(project, state)));
}

/** `GET /{organization}/_apis/projects/{idOrName}` */
export function getProject(exchange: Exchange, state: State): Answer {
  requireActor(exchange, state, ['vso.project', 'vso.profile']);
  return { status: 200, json: projectJson(requireProject(exchange.route[0] ?? '', state), state) };
}

function projectJson({ id, name }: { id: string; name: string }, state: State) {
  const url = `${state.url}/${state.organization}/_apis/projects/${id}`;
  return {
    id,
    name,
    url,
    state: 'wellFormed',
    revision: 11,
    visibility: 'private',
    lastUpdateTime: '2024-03-01T09:00:00Z',
  };
}

/** `GET …/{project}/_apis/build/definitions?name=`, where a name may have `*` in it. */
export function listDefinitions(exchange: Exchange, state: State): Answer {
  requireActor(exchange, state, ['vso.build', 'vso.build_execute']);
  const project = requireProject(exchange.route[0] ?? '', state);
  const pattern = exchange.query('name');
  const named = (name: string) => pattern === undefined || pattern === '' || wildcard(pattern).test(name);
  return list(
    pipelinesOf(project.id, state)
      .filter(({ name }) => named(name))
      .slice(0, exchange.count('$top'))
      .map((pipeline) => ({
        id: pipeline.id,
        name: pipeline.name,
        path: '\\',
        type: 'build',
        queueStatus: 'enabled',
        revision: 1,
        project: projectJson(project, state),
      })),
  );
}

/** `GET …/{project}/_apis/pipelines` */
export function listPipelines(exchange: Exchange, state: State): Answer {
  requireActor(exchange, state, ['vso.build', 'vso.build_execute']);
  const project = requireProject(exchange.route[0] ?? '', state);
  return list(pipelinesOf(project.id, state).map(({ id, name }) => ({ id, name, folder: '\\', revision: 1 })));
}

function pipelinesOf(projectId: string, state: State) {
  return state.collection.pipelines.filter((pipeline) => pipeline.projectId === projectId);
}

function wildcard(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'i');
}

/** `GET …/{project}/_apis/distributedtask/queues?queueName=`: the pools that the project can use. */
export function listQueues(exchange: Exchange, state: State): Answer {
  requireActor(exchange, state, ['vso.agentpools', 'vso.agentpools_manage', 'vso.build']);
  const project = requireProject(exchange.route[0] ?? '', state);
  const names = (exchange.query('queueNames') ?? exchange.query('queueName'))?.toLowerCase().split(',');
  const queues = state.collection.queues
    .filter(({ projectId }) => projectId === project.id)
    .filter(({ name }) => names?.includes(name.toLowerCase()) ?? true);
  return list(
    queues.map(({ id, name, poolId }) => {
      const pool = state.pools.find((candidate) => candidate.id === poolId);
      const { isHosted, poolType } = pool ?? {};
      return { id, projectId: project.id, name, pool: { id: poolId, name: pool?.name, isHosted, poolType } };
    }),
  );
}

/** `GET …/_apis/extensionmanagement/installedextensions?includeDisabledExtensions=` */
export function listExtensions(exchange: Exchange, state: State): Answer {
  requireActor(exchange, state, ['vso.extension', 'vso.extension_manage']);
  const withDisabled = exchange.flag('includeDisabledExtensions') ?? true;
  return list(state.collection.extensions.filter(({ disabled }) => withDisabled || !disabled).map(extensionJson));
}

/** `GET …/_apis/extensionmanagement/installedextensionsbyname/{publisher}/{extension}` */
export function getExtension(exchange: Exchange, state: State): Answer {
  requireActor(exchange, state, ['vso.extension', 'vso.extension_manage']);
  const [publisher = '', name = ''] = exchange.route.map((part) => part.toLowerCase());
  const extension = state.collection.extensions.find(
    ({ publisherId, extensionId }) => publisherId.toLowerCase() === publisher && extensionId.toLowerCase() === name,
  );
  if (extension) return { status: 200, json: extensionJson(extension) };
  const text = `The extension ${publisher}.${name} is not installed.`;
  throw new Refusal(envelope(404, 'InstalledExtensionNotFoundException', text));
}

function extensionJson({ publisherId, extensionId, extensionName, version, disabled }: Extension) {
  const installState = { flags: disabled ? 'disabled' : 'none', lastUpdated: '2026-01-01T00:00:00Z' };
  return { extensionId, extensionName, publisherId, publisherName: publisherId, version, flags: '', installState };
}

/**
 * `GET /{organization}/_apis/OrganizationPolicy/Policies/{name}`, which the page of the policies asks. Published by
 * programs that use it, not documented.
 */
export function getPolicy(exchange: Exchange, state: State): Answer {
  const actor = requireActor(exchange, state, []);
  if (!isCollectionAdministrator(actor, state)) throw accessDenied('Access denied: only administrators read policies.');
  const name = decodeURIComponent(exchange.route[0] ?? '');
  if (name !== 'Policy.DisablePATCreation') throw notKnown(`for the policy ${name}`);
  const value = state.policies.restrictPatCreation;
  return { status: 200, json: { name, value, effectiveValue: value, isValueUndefined: false } };
}
