import { TaskError } from '../../errors';
import { isGuid } from '../../guid';
import type { Answer } from '../../http/answer';
import type { Call, Conversation } from '../../http/conversation';
import { Secret } from '../../secret';
import type { SignedIn } from '../../sign-in/token-endpoint';
import type { Organization } from '../organization';
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

/** Whose tokens are meant, and where. */
export interface PatStore {
  organization: Organization;
  signedIn: SignedIn;
}

const apiVersion = '7.1-preview.1';
const pageSize = 100;

/**
 * Asks once for a token for one organization. Never asks twice: whether to do so is for a caller who has made sure
 * that no token of this name is left.
 * https://learn.microsoft.com/rest/api/azure/devops/tokens/pats/create
 * @returns every failure as a value, because what to do next depends on whether a token may exist.
 */
export async function createPat(conversation: Conversation, store: PatStore, request: PatRequest): Promise<Creation> {
  const { name: displayName, scope } = request;
  const doing = 'Creating the token';
  let answer: Answer;
  try {
    answer = await conversation.ask({
      ...call(store, 'POST', {}),
      body: JSON.stringify({ displayName, scope, validTo: new Date(request.validTo).toISOString(), allOrgs: false }),
      doing,
      again: 'throttling',
    });
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    // Told to come back later, the service has done nothing.
    return error.code === 'throttled' ? { kind: 'refused', error, clear: true } : { kind: 'unknown', error };
  }
  const granted = answer.field('patToken');
  if (typeof granted !== 'object' || granted === null) {
    if (reasonOf(answer) !== undefined) return { kind: 'refused', error: patRefusal(doing, answer), clear: true };
    if (answer.asksToSignIn && answer.status !== 200) {
      return { kind: 'refused', error: patRefusal(doing, answer), clear: true };
    }
    if (answer.status >= 400 && answer.status !== 408) {
      return { kind: 'refused', error: patRefusal(doing, answer), clear: isEnvelope(answer) };
    }
    return { kind: 'unknown', error: malformed(doing, answer, 'no token and no reason') };
  }
  const { token, ...rest } = granted as Record<string, unknown>;
  const id = rest.authorizationId;
  if (typeof id !== 'string' || !isGuid(id) || typeof token !== 'string' || token === '') {
    return { kind: 'unknown', error: malformed(doing, answer, 'a token that lacks its id or its value') };
  }
  return { kind: 'created', pat: { id, token: new Secret(token), granted: rest } };
}

/**
 * Revokes one token.
 * https://learn.microsoft.com/rest/api/azure/devops/tokens/pats/revoke
 * @returns `not-found` where the service knows no such token, or none any more.
 * @throws TaskError those of patRefusal and of Conversation, and `response-malformed`.
 */
export async function revokePat(
  conversation: Conversation,
  store: PatStore,
  id: string,
): Promise<'revoked' | 'not-found'> {
  const doing = 'Revoking the token';
  const answer = await conversation.ask({
    ...call(store, 'DELETE', { authorizationId: id }),
    doing,
    again: 'any-fault',
    isSettled: isNotFound,
    urgent: true,
  });
  if (isNotFound(answer)) return 'not-found';
  if (isRefusal(answer) || (answer.status !== 200 && answer.status !== 204)) throw patRefusal(doing, answer);
  // Whatever else speaks in the service's place would have a living token taken for a dead one.
  if (!answer.empty && answer.json === undefined) throw malformed(doing, answer, 'something other than JSON');
  return 'revoked';
}

/**
 * The user's active tokens in the organization.
 * https://learn.microsoft.com/rest/api/azure/devops/tokens/pats/list
 * @throws TaskError those of patRefusal and of Conversation, and `response-malformed` for pages that never end.
 */
export async function* activePats(conversation: Conversation, store: PatStore): AsyncGenerator<ListedPat> {
  const doing = 'Listing the active tokens';
  const seen = new Set<string>();
  let continuation = '';
  do {
    seen.add(continuation);
    const filter = { displayFilterOption: 'active', $top: String(pageSize) };
    const page = continuation === '' ? filter : { ...filter, continuationToken: continuation };
    const answer = await conversation.ask({ ...call(store, 'GET', page), doing, again: 'any-fault' });
    if (isRefusal(answer)) throw patRefusal(doing, answer);
    const tokens = answer.field('patTokens');
    if (!Array.isArray(tokens)) throw malformed(doing, answer, 'no list of tokens');
    for (const token of tokens as unknown[]) {
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
export async function getPat(conversation: Conversation, store: PatStore, id: string): Promise<ListedPat | undefined> {
  const doing = 'Looking up the token';
  const answer = await conversation.ask({
    ...call(store, 'GET', { authorizationId: id }),
    doing,
    again: 'any-fault',
    isSettled: isNotFound,
  });
  if (isNotFound(answer)) return undefined;
  if (isRefusal(answer)) throw patRefusal(doing, answer);
  const token = readListed(answer.field('patToken'));
  if (token?.id.toLowerCase() !== id.toLowerCase()) throw malformed(doing, answer, 'no such token');
  return token;
}

function readListed(token: unknown): ListedPat | undefined {
  const { displayName: name, authorizationId: id, validFrom } = (token ?? {}) as Record<string, unknown>;
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

function call(
  { organization, signedIn }: PatStore,
  method: Call['method'],
  query: Record<string, string>,
): Pick<Call, 'method' | 'url' | 'headers' | 'secrets'> {
  const parameters = new URLSearchParams({ ...query, 'api-version': apiVersion });
  return {
    method,
    url: `${organization.tokensUrl}/_apis/tokens/pats?${parameters}`,
    headers: {
      Authorization: `Bearer ${signedIn.accessToken.reveal()}`,
      Accept: 'application/json',
      // A 401 instead of a redirect to a sign-in page.
      'X-TFS-FedAuthRedirect': 'Suppress',
      ...(method === 'POST' && { 'Content-Type': 'application/json' }),
    },
    secrets: [signedIn.accessToken],
  };
}

function malformed(doing: string, answer: Answer, what: string): TaskError {
  return new TaskError('response-malformed', `${doing} at ${answer.host} was answered ${answer.status} with ${what}.`);
}
