import type { Policies } from '../../model';
import { malformedJson, notKnown } from '../../requests/answers';
import type { State } from '../../state';
import { knownScopes } from '../scopes';

/** Milliseconds. */
export const day = 24 * 60 * 60_000;
const members = ['authorizationId', 'displayName', 'scope', 'validTo', 'allOrgs'];
/** The forms of a time that the service has been sent; of one without a zone it is not known which zone it is read in. */
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:\d\d)$/;
/** From then on there are no tokens for all organizations, and those that there are do not work. */
const endOfGlobalTokens = Date.parse('2026-12-01T00:00:00Z');

/** What a create or an update asks for; what it does not name is absent. */
export interface Terms {
  displayName?: string;
  scope?: string;
  validTo?: number;
  allOrgs?: boolean;
}

/** When a token was made, and how late it is. */
interface Moments {
  created: number;
  now: number;
}

/** Whether tokens for all organizations are taken and made. */
export function allowsGlobalTokens(now: number): boolean {
  return now < endOfGlobalTokens;
}

/** What a create or an update asks for, with the tenant's policies applied; or the name of the error it is refused with. */
export function readTerms(body: Record<string, unknown>, moments: Moments, state: State): Terms | string {
  const other = Object.keys(body).find((name) => !members.includes(name));
  if (other !== undefined) throw notKnown(`to the member ${other} of a body here`);
  const { policies } = state;
  const displayName = textOrNone(body.displayName);
  const scope = textOrNone(body.scope);
  const allOrgs = flagOrNone(body.allOrgs);
  const validTo = timeOrNone(body.validTo);
  const refused =
    scopeRefusal(scope, policies) ??
    (allOrgs ? globalRefusal(moments, policies) : undefined) ??
    expiryRefusal(validTo, moments, policies);
  if (refused !== undefined) return refused;
  const latest = moments.created + Math.min(maxLifespan(policies), 365 * day);
  return {
    ...(displayName !== undefined && { displayName }),
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

function timeOrNone(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || Number.isNaN(Date.parse(value))) throw malformedJson();
  if (!time.test(value)) throw notKnown(`to the time ${value}`);
  return Date.parse(value);
}

function scopeRefusal(scope: string | undefined, { restrictFullScopePats }: Policies): string | undefined {
  const scopes = scope?.split(' ') ?? [];
  if (!scopes.every((name) => name === 'app_token' || knownScopes.has(name))) return 'invalidScope';
  return restrictFullScopePats && scopes.includes('app_token') ? 'fullScopePatPolicyViolation' : undefined;
}

function globalRefusal({ now }: Moments, { restrictGlobalPats }: Policies): string | undefined {
  if (!allowsGlobalTokens(now)) return 'globalPATCreationBlocked';
  return restrictGlobalPats ? 'globalPatPolicyViolation' : undefined;
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
