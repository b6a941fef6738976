import type { User } from '../../directory/entities';
import type { PatRecord } from '../../model';
import { envelope, notKnown, Refusal } from '../../requests/answers';
import type { Exchange } from '../../requests/exchange';
import type { State } from '../../state';

const filters = ['active', 'revoked', 'expired', 'all'];
const sortKeys = new Map<string, (pat: PatRecord) => string | number>([
  ['displayname', (pat) => pat.displayName],
  ['displaydate', (pat) => pat.validTo],
]);

/** One page of the caller's own tokens, and the way to the next: an empty string if there is none. */
export function page(exchange: Exchange, user: User, state: State): { pats: PatRecord[]; continuationToken: string } {
  const filter = exchange.query('displayFilterOption')?.toLowerCase();
  if (filter === undefined) throw notKnown('without displayFilterOption: say which tokens you want');
  if (!filters.includes(filter)) throw badRequest('displayFilterOption', filter);
  const sortBy = exchange.query('sortByOption')?.toLowerCase() ?? 'displaydate';
  if (sortBy === 'status') throw notKnown('where tokens are sorted by status');
  const sortKey = sortKeys.get(sortBy);
  if (!sortKey) throw badRequest('sortByOption', sortBy);
  const ascending = exchange.isSet('isSortAscending');
  const top = Number(exchange.query('$top') ?? '100');
  if (!Number.isInteger(top) || top < 1 || top > 100) throw badRequest('$top', String(top));

  const options = [filter, sortBy, ascending].join('|');
  const sorted = state.pats.filter((pat) => pat.userOid === user.oid).sort((a, b) => compare(sortKey(a), sortKey(b)));
  if (!ascending) sorted.reverse();
  const start = startOf(exchange.query('continuationToken') ?? '', options, sorted);
  const rest = sorted.slice(start).filter((pat) => matches(pat, filter, state));
  const onPage = Math.min(top, state.patPageSize);
  const pats = rest.slice(0, onPage);
  const last = pats.at(-1);
  return { pats, continuationToken: rest.length > onPage && last ? write(options, last) : '' };
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function matches(pat: PatRecord, filter: string, state: State): boolean {
  switch (filter) {
    case 'active':
      return state.isActive(pat);
    case 'revoked':
      return pat.revoked;
    case 'expired':
      return !pat.revoked && !state.isActive(pat);
    default:
      return true;
  }
}

function write(options: string, last: PatRecord): string {
  return Buffer.from(`${options}|${last.authorizationId}`).toString('base64url');
}

/** Where the page after the one that this token came with begins. */
function startOf(continuationToken: string, options: string, sorted: PatRecord[]): number {
  if (continuationToken === '') return 0;
  const written = Buffer.from(continuationToken, 'base64url').toString();
  const last = sorted.findIndex((pat) => written === `${options}|${pat.authorizationId}`);
  if (last === -1) throw badRequest('continuationToken', continuationToken);
  return last + 1;
}

function badRequest(parameter: string, value: string): Refusal {
  return new Refusal(
    envelope(400, 'ArgumentException', `The value '${value}' is not valid for parameter '${parameter}'.`),
  );
}
