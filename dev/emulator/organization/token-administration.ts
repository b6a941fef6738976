import type { PatRecord } from '../model';
import { type Answer, envelope, notKnown, Refusal } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { descriptorOf, isCollectionAdministrator, requireActor } from './actors';

/** `GET …/_apis/tokenadmin/personalaccesstokens/{subjectDescriptor}?pageSize=&continuationToken=&isPublic=` */
export function listTokensOf(exchange: Exchange, state: State): Answer {
  requireTokenAdministrator(exchange, state);
  const descriptor = decodeURIComponent(exchange.route[0] ?? '');
  const user = Object.values(state.users).find(({ oid }) => descriptorOf(oid) === descriptor);
  if (!user) {
    const text = `VS860014: Subject with descriptor '${descriptor}' was not found.`;
    throw new Refusal(envelope(404, 'GraphSubjectNotFoundException', text));
  }
  const size = exchange.count('pageSize') ?? 20;
  const all = state.pats.filter(({ userOid, revoked }) => userOid === user.oid && !revoked);
  const from = exchange.query('continuationToken');
  const start = from === undefined ? 0 : all.findIndex(({ authorizationId }) => authorizationId === from);
  if (start < 0) throw notKnown('for a continuation token that it did not give');
  const next = all[start + size];
  const value = all.slice(start, start + size).map((pat) => tokenJson(pat, state));
  return { status: 200, json: { value, continuationToken: next?.authorizationId ?? null } };
}

/** `POST …/_apis/tokenadmin/revocations?isPublic=` */
export function revokeTokens(exchange: Exchange, state: State): Answer {
  requireTokenAdministrator(exchange, state);
  const ids = exchange.jsonList().map(({ authorizationId }) => authorizationId);
  const pats = ids.map((id) => state.pats.find(({ authorizationId }) => authorizationId === id));
  if (pats.some((pat) => pat === undefined)) throw notKnown('where a token that is not there is revoked');
  for (const pat of pats) if (pat) pat.revoked = true;
  return { status: 204 };
}

function requireTokenAdministrator(exchange: Exchange, state: State): void {
  const actor = requireActor(exchange, state, ['vso.tokenadministration']);
  if (exchange.isSet('isPublic')) throw notKnown('about SSH keys');
  if (isCollectionAdministrator(actor, state)) return;
  const text = `TF400813: The user '${actor.displayName}' is not authorized to access this resource.`;
  throw new Refusal(envelope(401, 'UnauthorizedRequestException', text));
}

function tokenJson(pat: PatRecord, state: State) {
  const { authorizationId, displayName, scope, targetAccounts, validFrom, validTo } = pat;
  const [from, to] = [validFrom, validTo].map((time) => new Date(time).toISOString());
  const isValid = state.isActive(pat);
  return {
    authorizationId,
    displayName,
    scope,
    targetAccounts,
    validFrom: from,
    validTo: to,
    isValid,
    isPublic: false,
    token: null,
  };
}
