import { TaskError } from '../../errors';
import type { Answer } from '../../http/answer';
import type { Call, Conversation } from '../../http/conversation';
import type { Secret } from '../../secret';
import { utcText } from '../../time';
import type { Organization } from '../organization';
import { bearer, claimsChallenge, requestHeaders } from '../request';
import { findOnPages } from './look-through';
import {
  continuationOf,
  isNotFound,
  isRefusal,
  type ListedPat,
  malformed,
  readListed,
  readPage,
  reasonOf,
  statesError,
  statesNoError,
} from './pat-answers';
import { type Creation, creationOf, type PatRequest } from './pat-creation';
import { patRefusal, refuseOtherTenant } from './pat-refusals';

/**
 * How a revocation ended, and whether that is proved: by the service's own result or by its named reason. Any other
 * success, and any other 404, may come from something on the way to the service.
 */
export interface Revocation {
  ending: 'revoked' | 'gone';
  proved: boolean;
}

const apiVersion = '7.1-preview.1';
const pageSize = 100;
/** Reasons for a refusal that pass by themselves, in lower case. */
const passingReasons = ['failedtoreadtenantpolicy', 'failedtoreadorgpolicy'];
const maxTries = 4;
/** Milliseconds before the second try; each further pause is twice as long. */
const firstPause = 500;
/** Milliseconds for which a cancelled step waits for a token that was asked for: the agent kills it after ten seconds. */
const patience = 5_000;

/**
 * The user's Entra access token.
 * @param claims what the service asks to be proved, where the usual token does not do: JSON, as Entra takes it.
 */
export type AccessToken = (claims?: string) => Promise<Secret>;

/** What a request says beside its address and the caller: the rest is the same for all. */
type Request = Pick<Call, 'method' | 'doing' | 'again' | 'body' | 'isSettled' | 'urgent' | 'patience'> & {
  query: Record<string, string>;
};

/** The personal access tokens of one user in one organization. */
export class Pats {
  readonly #conversation: Conversation;
  readonly #organization: Organization;
  readonly #accessToken: AccessToken;

  constructor(conversation: Conversation, organization: Organization, accessToken: AccessToken) {
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
    const body = JSON.stringify({ displayName, scope, validTo: utcText(validTo), allOrgs: false });
    let answer: Answer;
    try {
      answer = await this.#ask({ method: 'POST', query: {}, body, doing, again: 'throttling', patience });
    } catch (error) {
      if (!(error instanceof TaskError)) throw error;
      // Cancelled, nothing more is sent; post looks for what the request made.
      if (error.code === 'cancelled') throw error;
      // Asked to come back later, or not accepting the sign-in, the service has done nothing.
      const clear =
        ['throttled', 'not-signed-in', 'issuer-not-a-user'].includes(error.code) || /^sign-in-/.test(error.code);
      return clear ? { kind: 'refused', error, clear } : { kind: 'unknown', error };
    }
    return creationOf(answer, doing);
  }

  /**
   * Revokes one token.
   * https://learn.microsoft.com/rest/api/azure/devops/tokens/pats/revoke
   * @throws TaskError those of patRefusal and of Conversation, and `response-malformed`.
   */
  async revoke(id: string): Promise<Revocation> {
    const doing = 'Revoking the token';
    const answer = await this.#ask({
      method: 'DELETE',
      query: { authorizationId: id },
      doing,
      again: 'any-fault',
      isSettled: isNotFound,
      urgent: true,
    });
    if (isNotFound(answer)) return { ending: 'gone', proved: true };
    if (answer.status === 404) return { ending: 'gone', proved: false };
    if (answer.status === 204) return { ending: 'revoked', proved: true };
    if (answer.status !== 200 || isRefusal(answer) || statesError(answer)) throw patRefusal(doing, answer);
    if (statesNoError(answer)) return { ending: 'revoked', proved: true };
    const { empty, json } = answer;
    if (empty || (typeof json === 'object' && !Array.isArray(json))) return { ending: 'revoked', proved: false };
    throw malformed(doing, answer, 'something other than a result');
  }

  /** The user's active tokens in the organization. @throws TaskError those of pages. */
  async *active(): AsyncGenerator<ListedPat> {
    for await (const page of this.pages()) yield* page;
  }

  /**
   * The same by the pages on which they stand.
   * https://learn.microsoft.com/rest/api/azure/devops/tokens/pats/list
   * @throws TaskError those of patRefusal, readPage and Conversation, and `response-malformed` for pages that never end.
   */
  async *pages(): AsyncGenerator<Iterable<ListedPat>> {
    const doing = 'Listing the active tokens';
    const seen = new Set<string>();
    let continuation = '';
    do {
      seen.add(continuation);
      const filter = { displayFilterOption: 'active', $top: String(pageSize) };
      const query = continuation === '' ? filter : { ...filter, continuationToken: continuation };
      const answer = await this.#ask({ method: 'GET', query, doing, again: 'any-fault' });
      if (isRefusal(answer)) throw patRefusal(doing, answer);
      yield readPage(doing, answer);
      continuation = continuationOf(doing, answer);
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
    if (answer.status === 404) return this.findActive(id);
    if (isRefusal(answer)) throw patRefusal(doing, answer);
    const token = readListed(answer.field('patToken'));
    if (token?.id.toLowerCase() !== id.toLowerCase() || token.name === '')
      throw malformed(doing, answer, 'no such token');
    return token;
  }

  /**
   * Looks an id up among the active tokens: what a 404 that may come from anywhere does not prove, this does.
   * @throws TaskError those of active.
   */
  findActive(id: string): Promise<ListedPat | undefined> {
    return findOnPages(() => this.pages(), id);
  }

  /** Asks, and once more with a token for the claims that the service wants; that is a refusal, so that nothing was done. */
  async #ask(request: Request): Promise<Answer> {
    const answer = await this.#askPatiently(request, await this.#accessToken());
    const claims = claimsChallenge(answer);
    if (claims === undefined) return answer;
    return this.#askPatiently(request, await this.#accessToken(claims));
  }

  /** Asks again where the service could not read a policy: that passes, and nothing was done. */
  async #askPatiently({ query, ...request }: Request, token: Secret): Promise<Answer> {
    const parameters = new URLSearchParams({ ...query, 'api-version': apiVersion });
    const call = {
      ...request,
      url: `${this.#organization.tokensUrl}/_apis/tokens/pats?${parameters}`,
      headers: requestHeaders(bearer(token), request.body),
      secrets: [token],
    };
    for (let tries = 1, pause = firstPause; ; tries++, pause *= 2) {
      const answer = await this.#conversation.ask(call);
      refuseOtherTenant(answer, token);
      const passes = passingReasons.includes(reasonOf(answer)?.toLowerCase() ?? '');
      if (!passes || tries === maxTries || !(await this.#conversation.pause(pause))) return answer;
    }
  }
}
