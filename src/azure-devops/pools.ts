import { type ErrorCode, TaskError } from '../errors';
import type { Answer } from '../http/answer';
import type { Conversation } from '../http/conversation';
import type { Secret } from '../secret';
import type { Organization } from './organization';
import { basic, requestHeaders } from './request';

/** The token that asks, and what kind of token it is. */
export interface PoolToken {
  token: Secret;
  kind: 'pat' | 'entra';
}

/** An agent pool, as far as the service states it. */
export interface Pool {
  id: number;
  name: string;
}

/** What is asked of the pools of an organization. */
interface Question {
  /** Behind `…/_apis/distributedtask/pools`; empty for the pools themselves. */
  path: string;
  query: Record<string, string>;
  /** For messages: "Reading agent pools". */
  doing: string;
  /** Bytes that the answer may have, if more than usual. */
  maxBytes?: number;
}

/** A fresh token may not be known everywhere at once: milliseconds. */
const replicationTime = 10_000;
const firstPause = 250;
/** Bytes: a pool can have thousands of agents. */
const maxListBytes = 16 * 1024 * 1024;

/** What a token that is not accepted means for each kind, and what to do. */
const refusals: Record<PoolToken['kind'], { code: ErrorCode; remedy?: string }> = {
  pat: { code: 'token-not-accepted' },
  entra: {
    code: 'not-signed-in',
    remedy:
      'Ask an organization administrator to add the service principal to the users of the organization, with the access level Basic.',
  },
};

/** The agent pools of an organization, asked as an agent would: with the token as the password. */
export class Pools {
  readonly organization: Organization;
  readonly kind: PoolToken['kind'];
  readonly #conversation: Conversation;
  readonly #token: Secret;

  constructor(conversation: Conversation, organization: Organization, { token, kind }: PoolToken) {
    this.organization = organization;
    this.kind = kind;
    this.#conversation = conversation;
    this.#token = token;
  }

  /**
   * Reads any one pool, as proof that the token may read pools at all.
   * @throws TaskError `token-not-accepted` or, for an application, `not-signed-in`; `response-malformed`, or those of
   * Conversation.
   */
  async readAny(): Promise<void> {
    await this.#ask({ path: '', query: { $top: '1' }, doing: 'Reading agent pools with the new token' });
  }

  /**
   * Finds a pool by its name; names are unique in any case.
   * https://learn.microsoft.com/rest/api/azure/devops/distributedtask/pools/get-agent-pools
   * @param actionFilter only where the token may do that on the pool.
   * @returns undefined where the token sees no such pool.
   * @throws TaskError those of readAny.
   */
  async find(name: string, actionFilter?: 'manage'): Promise<Pool | undefined> {
    const query = { poolName: name, ...(actionFilter && { actionFilter }) };
    const pools = await this.#ask({ path: '', query, doing: 'Reading agent pools' });
    return pools.map(readPool).find((pool) => pool?.name.toLowerCase() === name.toLowerCase());
  }

  /**
   * The agents of a pool, unchecked.
   * https://learn.microsoft.com/rest/api/azure/devops/distributedtask/agents/list
   * @throws TaskError those of readAny.
   */
  agents({ id }: Pool): Promise<unknown[]> {
    const query = { includeCapabilities: 'false' };
    const doing = 'Reading the agents of the pool';
    return this.#ask({ path: `/${id}/agents`, query, doing, maxBytes: maxListBytes });
  }

  /**
   * One agent with its capabilities, unchecked; undefined where there is none of that name. Asked for one agent at a
   * time: the capabilities of a whole pool are megabytes.
   * @throws TaskError those of readAny.
   */
  async agentNamed({ id }: Pool, agentName: string): Promise<unknown> {
    const query = { agentName, includeCapabilities: 'true' };
    const doing = 'Reading the capabilities of an agent';
    const [agent] = await this.#ask({ path: `/${id}/agents`, query, doing, maxBytes: maxListBytes });
    return agent;
  }

  async #ask({ path, query, doing, maxBytes }: Question): Promise<unknown[]> {
    const parameters = new URLSearchParams({ ...query, 'api-version': '7.1' });
    const started = this.#conversation.now();
    for (let pause = firstPause; ; pause *= 2) {
      const answer = await this.#conversation.ask({
        method: 'GET',
        url: `${this.organization.url}/_apis/distributedtask/pools${path}?${parameters}`,
        headers: requestHeaders(basic(this.#token)),
        doing,
        secrets: [this.#token],
        again: 'any-fault',
        ...(maxBytes !== undefined && { maxBytes }),
      });
      const left = started + replicationTime - this.#conversation.now();
      // Entra's tokens carry their own proof: nothing has to spread before they are known.
      const mayBeTooEarly = this.kind === 'pat' && answer.asksToSignIn && left > 0;
      if (!mayBeTooEarly || !(await this.#conversation.pause(Math.min(pause, left))))
        return this.#listOf(answer, doing);
    }
  }

  #listOf(answer: Answer, doing: string): unknown[] {
    if (answer.asksToSignIn || (answer.status >= 400 && answer.status < 500)) {
      const reason = answer.quote(answer.field('message'));
      const { code, remedy } = refusals[this.kind];
      const what = `${doing} was refused: Azure DevOps answered ${answer.status}${reason && ` (${reason})`}.`;
      throw new TaskError(code, what, remedy === undefined ? {} : { remedy });
    }
    const list = answer.field('value');
    if (answer.status !== 200 || !Array.isArray(list)) {
      throw new TaskError('response-malformed', `${doing} at ${answer.host} was not answered with a list.`);
    }
    return list;
  }
}

function readPool(pool: unknown): Pool | undefined {
  const { id, name }: Record<string, unknown> = { ...Object(pool) };
  return typeof id === 'number' && Number.isSafeInteger(id) && typeof name === 'string' ? { id, name } : undefined;
}
