import { type ErrorCode, TaskError } from '../errors';
import type { Answer } from '../http/answer';
import type { Conversation } from '../http/conversation';
import { isRecord } from '../json';
import type { Secret } from '../secret';
import type { Organization } from './organization';
import { basic, notAnsweredWith, refusalText, requestHeaders } from './request';

/** The token that asks, and what kind of token it is. */
export interface PoolToken {
  token: Secret;
  kind: 'pat' | 'entra';
}

/** One list, or one object, of an organization. */
export interface Question {
  /** Behind the URL of the organization, with a slash first. */
  path: string;
  query: Record<string, string>;
  /** 7.1 unless the API is a preview. */
  version?: string;
  /** For messages: "Reading agent pools". */
  doing: string;
  /** The code of a refusal that says more than that the token is not accepted. */
  refused?: Partial<Record<403 | 404, ErrorCode>>;
}

/** A fresh token may not be known everywhere at once: milliseconds. */
const replicationTime = 10_000;
/** Milliseconds before it is asked again; each further pause is twice as long. */
const firstPause = 250;
/** Bytes that a list may have: a pool can have thousands of agents. */
const maxListBytes = 16 * 1024 * 1024;
/** A list has at most this many pages: a service that names ever new ones must not keep a step busy. */
const maxPages = 100;

/** What a token that is not accepted means for each kind, and what to do. */
const refusals: Record<PoolToken['kind'], { code: ErrorCode; remedy?: string }> = {
  pat: { code: 'token-not-accepted' },
  entra: {
    code: 'not-signed-in',
    remedy:
      'Ask an organization administrator to add the service principal to the users of the organization, with the access level Basic.',
  },
};

/** Reads what a minted token may read, as an agent would: with the token as the password. */
export class TokenClient {
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
   * The first page of a list, unchecked.
   * @throws TaskError a code of `refused`; else `token-not-accepted` or, for an application, `not-signed-in`;
   * `response-malformed`, or those of Conversation.
   */
  async list(question: Question): Promise<unknown[]> {
    return listOf(await this.#ask(question), question);
  }

  /**
   * All pages of a list, unchecked.
   * https://learn.microsoft.com/rest/api/azure/devops/distributedtask/targets/list
   * @throws TaskError those of list.
   */
  async listAll(question: Question): Promise<unknown[]> {
    const all: unknown[] = [];
    let query = question.query;
    for (let page = 0; page < maxPages; page++) {
      const answer = await this.#ask({ ...question, query });
      all.push(...listOf(answer, question));
      const continuationToken = answer.header('x-ms-continuationtoken');
      if (!continuationToken) return all;
      query = { ...question.query, continuationToken };
    }
    throw new TaskError('response-malformed', `${question.doing} was answered with more than ${maxPages} pages.`);
  }

  /**
   * One object, unchecked.
   * @throws TaskError those of list.
   */
  async object(question: Question): Promise<Record<string, unknown>> {
    const answer = await this.#ask(question);
    if (answer.status === 200 && isRecord(answer.json)) return answer.json;
    throw notAnsweredWith('an object', question.doing, answer);
  }

  /** Asks, and gives a token that may not be known everywhere yet some time. */
  async #ask(question: Question): Promise<Answer> {
    const { path, query, version = '7.1', doing } = question;
    const parameters = new URLSearchParams({ ...query, 'api-version': version });
    const started = this.#conversation.now();
    for (let pause = firstPause; ; pause *= 2) {
      const answer = await this.#conversation.ask({
        method: 'GET',
        url: `${this.organization.url}${path}?${parameters}`,
        headers: requestHeaders(basic(this.#token)),
        doing,
        secrets: [this.#token],
        again: 'any-fault',
        maxBytes: maxListBytes,
      });
      const left = started + replicationTime - this.#conversation.now();
      // Entra's tokens carry their own proof: nothing has to spread before they are known.
      const mayBeTooEarly = this.kind === 'pat' && answer.asksToSignIn && left > 0;
      if (mayBeTooEarly && (await this.#conversation.pause(Math.min(pause, left)))) continue;
      this.#checkAccepted(answer, question);
      return answer;
    }
  }

  #checkAccepted(answer: Answer, { doing, refused }: Question): void {
    const { status } = answer;
    if (!answer.asksToSignIn && (status < 400 || status >= 500)) return;
    const known = status === 403 || status === 404 ? refused?.[status] : undefined;
    const { code, remedy } = known ? { code: known } : refusals[this.kind];
    throw new TaskError(code, refusalText(doing, answer), { remedy });
  }
}

function listOf(answer: Answer, { doing }: Question): unknown[] {
  const list = answer.field('value');
  if (answer.status === 200 && Array.isArray(list)) return list;
  throw notAnsweredWith('a list', doing, answer);
}
