import { quoted, TaskError } from '../errors';
import { fieldsOf } from '../json';
import { findNamed, isId } from './named';
import type { Question, TokenClient } from './token-client';

/** A project of the organization that is asked. */
export interface Project {
  /** Its name or its id: the service takes either. */
  id: string;
  /** For messages: `the project "Fabrikam"`. */
  title: string;
}

/** What has agents in a project. */
export interface ProjectTarget {
  kind: keyof typeof apis;
  name: string;
  project: Project;
}

/** A target that has been found. */
export interface OpenTarget {
  /** Its agents, unchecked. */
  agents(): Promise<unknown[]>;
  /** The id of the pool that has the capabilities of its agents. */
  poolId(): Promise<number>;
}

/**
 * https://learn.microsoft.com/rest/api/azure/devops/distributedtask/deploymentgroups/list, .../targets/list
 * https://learn.microsoft.com/rest/api/azure/devops/environments/environments/list
 */
const apis = {
  deploymentGroup: {
    title: 'deployment group',
    path: 'distributedtask/deploymentgroups',
    machines: { title: 'targets', path: 'targets' },
  },
  environment: {
    title: 'environment',
    path: 'pipelines/environments',
    machines: { title: 'virtual machines', path: 'providers/virtualmachines' },
  },
};

/** What both have in common: their APIs are previews. */
const common = { version: '7.1-preview.1', refused: { 403: 'target-not-found', 404: 'target-not-found' } } as const;

/**
 * Finds a deployment group or an environment of a project by its name.
 * @throws TaskError `target-not-found`, `response-malformed`, or those of TokenClient; so do the functions of what it returns.
 */
export async function openTarget(client: TokenClient, { kind, name, project }: ProjectTarget): Promise<OpenTarget> {
  const { title, path, machines } = apis[kind];
  const all = `/${encodeURIComponent(project.id)}/_apis/${path}`;
  const doing = `Reading the ${title}s of ${project.title}`;
  const found = findNamed(await client.listAll({ path: all, query: { name }, doing, ...common }), name);
  if (!found) throw new TaskError('target-not-found', `There is no ${title} ${quoted(name)} in ${project.title}.`);
  const ofMachines = { path: `${all}/${found.id}/${machines.path}`, query: {}, ...common };
  const agents = async () => {
    const list = await client.listAll({ ...ofMachines, doing: `Reading the ${machines.title} of the ${title}` });
    return list.map((machine) => fieldsOf(machine).agent);
  };
  if (kind === 'deploymentGroup') {
    const { id } = fieldsOf(found.pool);
    if (!isId(id)) throw new TaskError('response-malformed', `${doing} was answered without the group's pool.`);
    return { agents, poolId: async () => id };
  }
  let pool: number | undefined;
  const poolId = async () => {
    pool ??= await readPool(client, { ...ofMachines, path: `${ofMachines.path}/pool` });
    return pool;
  };
  return { agents, poolId };
}

/** The id of the pool of an environment, which is asked for apart. */
async function readPool(client: TokenClient, question: Omit<Question, 'doing'>): Promise<number> {
  const doing = 'Reading the pool of the environment';
  const { id } = await client.object({ ...question, doing });
  if (isId(id)) return id;
  throw new TaskError('response-malformed', `${doing} was answered without its id.`);
}
