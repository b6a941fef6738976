import { randomInt, randomUUID } from 'node:crypto';
import type { User } from '../../directory/entities';
import type { PatRecord, Policies } from '../../model';
import { type Answer, envelope, malformedJson, Refusal } from '../../requests/answers';
import { type Exchange, requireApiVersion } from '../../requests/exchange';
import type { State } from '../../state';
import { identify, presented } from '../credentials';
import { allowPats, knownScopes } from '../scopes';
import { signIn, unauthorized } from '../sign-in-answers';
import { page } from './pat-list';

const day = 24 * 60 * 60_000;
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
  const displayName = body.displayName;
  if (typeof displayName !== 'string' || displayName.trim() === '') return patError(state, 'displayNameRequired');
  const created = state.clock.now();
  const terms = readTerms(body, { created, now: created }, state);
  if ('status' in terms) return terms;
  const { restrictPatCreation, patAllowList } = state.policies;
  if (restrictPatCreation && !patAllowList.has(user.oid)) {
    return patError(state, 'disablePatCreationPolicyViolation');
  }
  if (terms.scope === undefined) return patError(state, 'invalidScope');
  const pat: PatRecord = {
    authorizationId: randomUUID(),
    displayName,
    scope: terms.scope,
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
  const pat = find(exchange.query('authorizationId'), user, state);
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
  const pat = find(body.authorizationId, user, state);
  if (!pat || pat.revoked) return patError(state, 'tokenNotFound');
  if (body.validTo !== undefined && !state.isActive(pat)) return patError(state, 'expiredPatCannotBeExtended');
  const terms = readTerms(body, { created: pat.validFrom, now: state.clock.now() }, state);
  if ('status' in terms) return terms;
  if (typeof body.displayName === 'string') pat.displayName = body.displayName;
  if (terms.scope !== undefined) pat.scope = terms.scope;
  if (terms.validTo !== undefined) pat.validTo = terms.validTo;
  if (terms.allOrgs !== undefined) pat.targetAccounts = terms.allOrgs ? null : [state.organizationId];
  return patResult(pat, null);
}

/** `DELETE …/pats?authorizationId=` */
export function revokePat(exchange: Exchange, state: State): Answer {
  const user = requireUser(exchange, state);
  const id = exchange.query('authorizationId');
  if (id === undefined || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) {
    return envelope(400, 'ArgumentException', "The value for parameter 'authorizationId' is not a GUID.");
  }
  const pat = find(id, user, state);
  if (!pat || pat.revoked) return unknownToRevoke(id, state);
  pat.revoked = true;
  return { status: 204 };
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

function find(id: string | undefined, user: User, state: State): PatRecord | undefined {
  return state.pats.find((pat) => pat.authorizationId === id?.toLowerCase() && pat.userOid === user.oid);
}

type Terms = { scope?: string; validTo?: number; allOrgs?: boolean };

/** When a token was made, and how late it is. */
interface Moments {
  created: number;
  now: number;
}

/** What a create or an update asks for, with the tenant's policies applied; or the error they answer with. */
function readTerms(body: Record<string, unknown>, moments: Moments, state: State): Terms | Answer {
  const { policies } = state;
  const scope = textOrNone(body.scope);
  const allOrgs = flagOrNone(body.allOrgs);
  const validTo = body.validTo === undefined || body.validTo === null ? undefined : Date.parse(String(body.validTo));
  if (Number.isNaN(validTo)) throw malformedJson();
  const refused =
    scopeRefusal(scope, policies) ??
    (allOrgs && policies.restrictGlobalPats ? 'globalPatPolicyViolation' : undefined) ??
    expiryRefusal(validTo, moments, policies);
  if (refused !== undefined) return patError(state, refused);
  const latest = moments.created + Math.min(maxLifespan(policies), 365 * day);
  return {
    ...(scope !== undefined && { scope }),
    ...(allOrgs !== undefined && { allOrgs }),
    ...(validTo !== undefined && { validTo: Math.min(validTo, latest) }),
  };
}

function textOrNone(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw malformedJson();
}

function flagOrNone(value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw malformedJson();
}

function scopeRefusal(scope: string | undefined, { restrictFullScopePats }: Policies): string | undefined {
  const scopes = scope?.split(' ') ?? [];
  if (!scopes.every((name) => name === 'app_token' || knownScopes.has(name))) return 'invalidScope';
  return restrictFullScopePats && scopes.includes('app_token') ? 'fullScopePatPolicyViolation' : undefined;
}

function expiryRefusal(
  validTo = Number.POSITIVE_INFINITY,
  { created, now }: Moments,
  policies: Policies,
): string | undefined {
  if (validTo <= now) return 'invalidValidTo';
  const isTooLate = Number.isFinite(validTo) && validTo > created + maxLifespan(policies);
  return isTooLate && policies.lifespan === 'refuse' ? 'patLifespanPolicyViolation' : undefined;
}

/** Milliseconds that a token may live. */
function maxLifespan({ maximumLifespanMinutes }: Policies): number {
  return (maximumLifespanMinutes ?? Number.POSITIVE_INFINITY) * 60_000;
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
