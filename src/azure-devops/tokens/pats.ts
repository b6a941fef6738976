import { TaskError } from '../../errors';
import { isGuid } from '../../guid';
import type { Answer } from '../../http/answer';
import type { Call, Conversation } from '../../http/conversation';
import { Secret } from '../../secret';
import type { Organization } from '../organization';
import { bearer, requestHeaders } from '../request';
import { isEnvelope, patRefusal, reasonOf } from './pat-refusals';

/** What is asked for. */
export interface PatRequest {
  name: string;
  /** As the service knows it: `vso.agentpools_manage`. */
  scope: string;
  /** Milliseconds since 1970, UTC. */
  validTo: number;
}

/** A token that was made. Everything but id and token is as the service told it, unchecked. */
export interface CreatedPat {
  /** Its authorizationId. */
  id: string;
  token: Secret;
  granted: Record<string, unknown>;
}

/**
 * How a request for a token ended. `unknown`: the token may exist all the same. `clear` tells whether the service
 * itself refused, so that no token can exist.
 */
export type Creation =
  | { kind: 'created'; pat: CreatedPat }
  | { kind: 'refused'; error: TaskError; clear: boolean }
  | { kind: 'unknown'; error: TaskError };

/** A token as the service lists it. */
export interface ListedPat {
  name: string;
  id: string;
  /** When it was created, milliseconds since 1970, UTC; undefined where the service does not tell. */
  validFrom?: number;
}

const apiVersion = '7.1-preview.1';
const pageSize = 100;

/** What a request says beside its address and the caller: the rest is the same for all. */
type Request = Pick<Call, 'method' | 'doing' | 'again' | 'body' | 'isSettled' | 'urgent'> & {
  query: Record<string, string>;
};

/** The personal access tokens of one user in one organization. */
export class Pats {
  readonly #conversation: Conversation;
  readonly #organization: Organization;
  readonly #accessToken: Secret;

  /** @param accessToken the user's Entra access token. */
  constructor(conversation: Conversation, organization: Organization, accessToken: Secret) {
    this.#conversation = conversation;
    this.#organization = organization;
    this.#accessToken = accessToken;
  }

  /** The same tokens, asked for in a part of the conversation that may use only so many milliseconds of it. */
  within(budget: number): Pats {
    return new Pats(this.#conversation.part(budget), this.#organization, this.#accessToken);
  }

  /**
   * Asks once for a token for one organization. Never asks twice: whether to do so is for a caller who has made sure
   * that no token of this name is left.
   * https://learn.microsoft.com/rest/api/azure/devops/tokens/pats/create
   * @returns every failure as a value, because what to do next depends on whether a token may exist.
   */
  async create({ name: displayName, scope, validTo }: PatRequest): Promise<Creation> {
    const doing = 'Creating the token';
    const body = JSON.stringify({ displayName, scope, validTo: new Date(validTo).toISOString(), allOrgs: false });
    let answer: Answer;
    try {
      answer = await this.#ask({ method: 'POST', query: {}, body, doing, again: 'throttling' });
    } catch (error) {
      if (!(error instanceof TaskError)) throw error;
      // Asked to come back later, the service has done nothing.
      return error.code === 'throttled' ? { kind: 'refused', error, clear: true } : { kind: 'unknown', error };
    }
    return creationOf(answer, doing);
  }

  /**
   * Revokes one token.
   * https://learn.microsoft.com/rest/api/azure/devops/tokens/pats/revoke
   * @returns `not-found` where the service knows no such token, or none any more.
   * @throws TaskError those of patRefusal and of Conversation, and `response-malformed`.
   */
  async revoke(id: string): Promise<'revoked' | 'not-found'> {
    const doing = 'Revoking the token';
    const answer = await this.#ask({
      method: 'DELETE',
      query: { authorizationId: id },
      doing,
      again: 'any-fault',
      isSettled: isNotFound,
      urgent: true,
    });
    if (isNotFound(answer)) return 'not-found';
    if (isRefusal(answer) || (answer.status !== 200 && answer.status !== 204)) throw patRefusal(doing, answer);
    // Anything else that answers in the service's place would have a living token taken for a dead one.
    if (!answer.empty && answer.json === undefined) throw malformed(doing, answer, 'something other than JSON');
    return 'revoked';
  }

  /**
   * The user's active tokens in the organization.
   * https://learn.microsoft.com/rest/api/azure/devops/tokens/pats/list
   * @throws TaskError those of patRefusal and of Conversation, and `response-malformed` for pages that never end.
   */
  async *active(): AsyncGenerator<ListedPat> {
    const doing = 'Listing the active tokens';
    const seen = new Set<string>();
    let continuation = '';
    do {
      seen.add(continuation);
      const filter = { displayFilterOption: 'active', $top: String(pageSize) };
      const query = continuation === '' ? filter : { ...filter, continuationToken: continuation };
      const answer = await this.#ask({ method: 'GET', query, doing, again: 'any-fault' });
      if (isRefusal(answer)) throw patRefusal(doing, answer);
      const tokens = answer.field('patTokens');
      if (!Array.isArray(tokens)) throw malformed(doing, answer, 'no list of tokens');
      for (const token of tokens) {
        const listed = readListed(token);
        if (listed) yield listed;
      }
      const next = answer.field('continuationToken');
      continuation = typeof next === 'string' ? next : '';
      if (seen.has(continuation) && continuation !== '') throw malformed(doing, answer, 'the same page twice');
    } while (continuation !== '');
  }

  /**
   * Looks a token up by its id, whether it is active or not.
   * https://learn.microsoft.com/rest/api/azure/devops/tokens/pats/get
   * @returns undefined where the service knows no such token.
   * @throws TaskError those of patRefusal and of Conversation, and `response-malformed`.
   */
  async get(id: string): Promise<ListedPat | undefined> {
    const doing = 'Looking up the token';
    const query = { authorizationId: id };
    const answer = await this.#ask({ method: 'GET', query, doing, again: 'any-fault', isSettled: isNotFound });
    if (isNotFound(answer)) return undefined;
    if (isRefusal(answer)) throw patRefusal(doing, answer);
    const token = readListed(answer.field('patToken'));
    if (token?.id.toLowerCase() !== id.toLowerCase()) throw malformed(doing, answer, 'no such token');
    return token;
  }

  #ask({ query, ...request }: Request): Promise<Answer> {
    const parameters = new URLSearchParams({ ...query, 'api-version': apiVersion });
    return this.#conversation.ask({
      ...request,
      url: `${this.#organization.tokensUrl}/_apis/tokens/pats?${parameters}`,
      headers: {
        ...requestHeaders(bearer(this.#accessToken)),
        ...(request.body !== undefined && { 'Content-Type': 'application/json' }),
      },
      secrets: [this.#accessToken],
    });
  }
}

function creationOf(answer: Answer, doing: string): Creation {
  const granted = answer.field('patToken');
  if (typeof granted !== 'object' || granted === null) {
    if (reasonOf(answer) !== undefined || (answer.asksToSignIn && answer.status !== 200)) {
      return { kind: 'refused', error: patRefusal(doing, answer), clear: true };
    }
    if (answer.status >= 400 && answer.status !== 408) {
      return { kind: 'refused', error: patRefusal(doing, answer), clear: isEnvelope(answer) };
    }
    return { kind: 'unknown', error: malformed(doing, answer, 'no token and no reason') };
  }
  const { token, ...rest }: Record<string, unknown> = { ...granted };
  const id = rest.authorizationId;
  if (typeof id !== 'string' || !isGuid(id) || typeof token !== 'string' || token === '') {
    return { kind: 'unknown', error: malformed(doing, answer, 'a token that lacks its id or its value') };
  }
  return { kind: 'created', pat: { id, token: new Secret(token), granted: rest } };
}

function readListed(token: unknown): ListedPat | undefined {
  const { displayName: name, authorizationId: id, validFrom }: Record<string, unknown> = { ...Object(token) };
  if (typeof name !== 'string' || typeof id !== 'string' || !isGuid(id)) return undefined;
  const created = typeof validFrom === 'string' ? Date.parse(validFrom) : Number.NaN;
  return { name, id, ...(!Number.isNaN(created) && { validFrom: created }) };
}

function isRefusal(answer: Answer): boolean {
  return answer.asksToSignIn || reasonOf(answer) !== undefined || answer.status >= 400;
}

/** In each of the spellings that the service has for it. A 404 with a page or a text is something else's on the way. */
function isNotFound(answer: Answer): boolean {
  const reason = reasonOf(answer)?.toLowerCase() ?? '';
  if (['tokennotfound', 'authorizationnotfound'].includes(reason)) return true;
  if (answer.status === 404) return answer.empty || answer.json !== undefined;
  return answer.field('typeKey') === 'SessionTokenNotFoundException';
}

function malformed(doing: string, answer: Answer, what: string): TaskError {
  return new TaskError('response-malformed', `${doing} at ${answer.host} was answered ${answer.status} with ${what}.`);
}
