import { quoted, TaskError } from '../errors';
import { findNamed, type Named } from './named';
import { TokenClient } from './token-client';

const pools = '/_apis/distributedtask/pools';
const refused = { 403: 'pool-not-viewable', 404: 'pool-not-found' } as const;

/** The agent pools of an organization, read with a minted token. */
export class Pools extends TokenClient {
  /**
   * Reads any one pool, as proof that the token may read pools at all.
   * @throws TaskError `token-not-accepted` or, for an application, `not-signed-in`; `response-malformed`, or those of
   * Conversation.
   */
  async readAny(): Promise<void> {
    await this.list({ path: pools, query: { $top: '1' }, doing: 'Reading agent pools with the new token' });
  }

  /**
   * Finds a pool by its name; names are unique in any case.
   * https://learn.microsoft.com/rest/api/azure/devops/distributedtask/pools/get-agent-pools
   * @param actionFilter only where the token may do that on the pool.
   * @returns undefined where the token sees no such pool.
   * @throws TaskError those of readAny.
   */
  async find(name: string, actionFilter?: 'manage'): Promise<Named | undefined> {
    const query = { poolName: name, ...(actionFilter && { actionFilter }) };
    return findNamed(await this.list({ path: pools, query, doing: 'Reading agent pools' }), name);
  }

  /**
   * Finds a pool whose agents are to be watched.
   * @throws TaskError `pool-not-found`, `pool-not-viewable`, or those of readAny.
   */
  async open(name: string): Promise<Named> {
    const question = { path: pools, query: { poolName: name }, doing: 'Reading agent pools' };
    const pool = findNamed(await this.list({ ...question, refused: { 403: refused[403] } }), name);
    if (pool) return pool;
    const organization = quoted(this.organization.name);
    throw new TaskError('pool-not-found', `There is no agent pool ${quoted(name)} in ${organization}.`);
  }

  /**
   * The agents of a pool, unchecked.
   * https://learn.microsoft.com/rest/api/azure/devops/distributedtask/agents/list
   * @throws TaskError `pool-not-found`, `pool-not-viewable`, or those of readAny.
   */
  agents({ id }: Pick<Named, 'id'>): Promise<unknown[]> {
    const query = { includeCapabilities: 'false' };
    const doing = 'Reading the agents of the pool';
    return this.list({ path: `${pools}/${id}/agents`, query, doing, refused });
  }

  /**
   * One agent with its capabilities, unchecked; undefined where there is none of that name. Asked for one agent at a
   * time: the capabilities of a whole pool are megabytes.
   * @throws TaskError those of agents.
   */
  async agentNamed({ id }: Pick<Named, 'id'>, agentName: string): Promise<unknown> {
    const query = { agentName, includeCapabilities: 'true' };
    const doing = 'Reading the capabilities of an agent';
    const [agent] = await this.list({ path: `${pools}/${id}/agents`, query, doing, refused });
    return agent;
  }
}
