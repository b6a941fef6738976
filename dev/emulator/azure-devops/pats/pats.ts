import { randomInt, randomUUID } from 'node:crypto';
import type { User } from '../../directory/entities';
import type { PatRecord } from '../../model';
import { type Answer, envelope, notKnown, Refusal } from '../../requests/answers';
import { type Exchange, requireApiVersion } from '../../requests/exchange';
import { guid } from '../../requests/guid';
import type { State } from '../../state';
import { identify, presented } from '../credentials';
import { allowPats } from '../scopes';
import { signIn, unauthorized } from '../sign-in-answers';
import { page } from './pat-list';
import { day, readTerms } from './pat-terms';

const supported = ['7.1-preview.1', '7.2-preview.1'];

/** The user behind a request to the token API, or the refusal that its credential deserves. */
function requireUser(exchange: Exchange, state: State): User {
  const credential = presented(exchange);
  const caller = identify(exchange, state);
  if (caller?.kind === 'app') {
    throw new Refusal(
      envelope(403, 'InvalidAccessException', 'Service principals are not allowed to perform this action.'),
    );
  }
  if (caller && (caller.kind !== 'user' || credential?.scheme !== 'bearer')) {
    throw new Refusal(envelope(401, 'InvalidAccessException', 'The requested operation is not allowed.'));
  }
  if (!caller) throw new Refusal(signIn(exchange, state));
  if (!allowPats(caller.scopes)) throw new Refusal(unauthorized(state, caller, caller.user.upn));
  requireApiVersion(exchange, (version) => supported.includes(version), '7.2');
  return caller.user;
}

/** `POST /{organization}/_apis/tokens/pats` */
export function createPat(exchange: Exchange, state: State): Answer {
  const user = requireUser(exchange, state);
  const body = exchange.json();
  if (body.authorizationId !== undefined) throw notKnown('to a creation that names an id');
  const created = state.clock.now();
  const terms = readTerms(body, { created, now: created }, state);
  if (typeof terms === 'string') return patError(state, terms);
  if (!terms.displayName?.trim()) return patError(state, 'displayNameRequired');
  if (!mayCreate(user, state)) return patError(state, 'disablePatCreationPolicyViolation');
  const { displayName, scope } = terms;
  if (scope === undefined) return patError(state, 'invalidScope');
  const pat: PatRecord = {
    authorizationId: randomUUID(),
    displayName,
    scope,
    targetAccounts: terms.allOrgs ? null : [state.organizationId],
    token: tokenValue(created),
    validFrom: created,
    validTo: terms.validTo ?? created + 30 * day,
    userOid: user.oid,
    revoked: false,
  };
  state.pats.push(pat);
  return patResult(pat, pat.token);
}

/** `GET …/pats?authorizationId=` */
export function getPat(exchange: Exchange, state: State): Answer {
  const user = requireUser(exchange, state);
  const pat = find(requireId(exchange), user, state);
  return pat ? patResult(pat, null) : patError(state, 'tokenNotFound');
}

/** `GET …/pats` */
export function listPats(exchange: Exchange, state: State): Answer {
  const user = requireUser(exchange, state);
  const { pats, continuationToken } = page(exchange, user, state);
  return { status: 200, json: { continuationToken, patTokens: pats.map((pat) => patJson(pat, null)) } };
}

/** `PUT …/pats` */
export function updatePat(exchange: Exchange, state: State): Answer {
  const user = requireUser(exchange, state);
  const body = exchange.json();
  if (typeof body.authorizationId !== 'string') return patError(state, 'invalidAuthorizationId');
  const pat = requireChangeable(body.authorizationId, user, state);
  if (typeof pat === 'string') return patError(state, pat);
  if (!state.isActive(pat) && body.validTo === undefined) throw notKnown('to a change of an expired token');
  if (!state.isActive(pat)) return patError(state, 'expiredPatCannotBeExtended');
  if (!mayCreate(user, state)) throw notKnown('to an update by a user who may not create');
  const terms = readTerms(body, { created: pat.validFrom, now: state.clock.now() }, state);
  if (typeof terms === 'string') return patError(state, terms);
  if (terms.displayName?.trim() === '') throw notKnown('to an update that takes the name away');
  if (terms.displayName !== undefined) pat.displayName = terms.displayName;
  if (terms.scope !== undefined) pat.scope = terms.scope;
  if (terms.validTo !== undefined) pat.validTo = terms.validTo;
  if (terms.allOrgs !== undefined) pat.targetAccounts = terms.allOrgs ? null : [state.organizationId];
  return patResult(pat, null);
}

function mayCreate(user: User, { policies }: State): boolean {
  return !policies.restrictPatCreation || policies.patAllowList.has(user.oid);
}

/** The token that an update names, or the name of the error that it ends in. */
function requireChangeable(id: string, user: User, state: State): PatRecord | string {
  if (!guid.test(id)) throw notKnown('to an authorizationId that is no GUID');
  const pat = find(id, user, state);
  return pat && !pat.revoked ? pat : 'tokenNotFound';
}

/** `DELETE …/pats?authorizationId=` */
export function revokePat(exchange: Exchange, state: State): Answer {
  const user = requireUser(exchange, state);
  const id = requireId(exchange);
  const pat = find(id, user, state);
  if (!pat || pat.revoked) return unknownToRevoke(id, state);
  pat.revoked = true;
  return { status: 204 };
}

function requireId(exchange: Exchange): string {
  const id = exchange.query('authorizationId') ?? '';
  if (guid.test(id)) return id;
  const text = "The value for parameter 'authorizationId' is not a GUID.";
  throw new Refusal(envelope(400, 'ArgumentException', text));
}

function unknownToRevoke(id: string, state: State): Answer {
  switch (state.revokeUnknown) {
    case 'noContent':
      return { status: 204 };
    case 'notFoundStatus':
      return { status: 404 };
    case 'tokenNotFound':
      return patError(state, 'tokenNotFound');
    case 'sessionTokenNotFound':
      return envelope(404, 'SessionTokenNotFoundException', `The session token ${id} could not be found.`);
  }
}

function find(id: string, user: User, state: State): PatRecord | undefined {
  return state.pats.find((pat) => pat.authorizationId === id.toLowerCase() && pat.userOid === user.oid);
}

/** A refusal as this API writes it: no envelope, and by default a status that says nothing. */
function patError(state: State, patTokenError: string): Answer {
  const patTokenErrorMessage = `The request was refused: ${patTokenError}.`;
  return { status: state.patErrorStatus, json: { patToken: null, patTokenError, patTokenErrorMessage } };
}

function patResult(pat: PatRecord, token: string | null): Answer {
  return { status: 200, json: { patToken: patJson(pat, token), patTokenError: 'none' } };
}

function patJson(pat: PatRecord, token: string | null) {
  const { displayName, scope, targetAccounts, authorizationId } = pat;
  const [validTo, validFrom] = [pat.validTo, pat.validFrom].map(serviceDate);
  return { displayName, validTo, scope, targetAccounts, validFrom, authorizationId, token };
}

/** The service keeps times in 1/300 s, and writes as many of up to seven decimals as there are. */
function serviceDate(ms: number): string {
  const ticks = Math.round((ms * 300) / 1000);
  const fraction = ((ticks % 300) / 300)
    .toFixed(7)
    .slice(1)
    .replace(/\.?0+$/, '');
  return `${new Date(Math.floor(ticks / 300) * 1000).toISOString().slice(0, 19)}${fraction}Z`;
}

/** A token of the modern shape: 84 characters, 52 of them random, `AZDO` from the 77th. */
function tokenValue(now: number): string {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const random = (length: number) => Array.from({ length }, () => alphabet[randomInt(62)]).join('');
  const date = new Date(now);
  const letter = (index: number) => String.fromCharCode(65 + index);
  const stamp = letter((date.getUTCFullYear() - 2024) % 26) + letter(date.getUTCMonth());
  return `${random(52)}JQQJ99${stamp}${random(12)}AAAAAZDO${random(4)}`;
}
