import { quoted, serverText, TaskError } from '../../errors';
import type { CreatedPat, PatRequest } from './pats';

/** Milliseconds by which clocks and roundings may differ. */
const grace = 2 * 60_000;

/**
 * Compares what was granted with what was asked for.
 * @returns when the token expires, milliseconds since 1970, UTC; earlier than asked where a policy shortens it.
 * @throws TaskError `granted-more-than-asked` or `response-malformed`.
 */
export function checkGranted({ token, granted }: CreatedPat, request: PatRequest): number {
  const { displayName, scope, targetAccounts, validTo } = granted;
  if (!token.isPrintableWord(20, 4096)) {
    throw new TaskError('response-malformed', 'Azure DevOps answered with a token that is not one printable word.');
  }
  if (typeof displayName === 'string' && displayName.trim() !== request.name.trim()) {
    throw new TaskError('response-malformed', 'Azure DevOps answered with a token of another name than was asked for.');
  }
  if (scope !== request.scope) {
    const other = typeof scope === 'string' ? `"${serverText(token.redact(scope))}"` : 'nothing readable';
    throw grantedMore(`the scope ${other} instead of ${quoted(request.scope)}`);
  }
  if (!Array.isArray(targetAccounts) || targetAccounts.length !== 1) {
    throw grantedMore('a token that is not limited to one organization');
  }
  const expires = typeof validTo === 'string' ? Date.parse(validTo) : Number.NaN;
  if (Number.isNaN(expires)) {
    throw new TaskError('response-malformed', 'Azure DevOps answered with a token whose expiry cannot be read.');
  }
  if (expires > request.validTo + grace) {
    throw grantedMore(`a token until ${iso(expires)} instead of ${iso(request.validTo)}`);
  }
  return expires;
}

/** Whether a policy made the token noticeably shorter than was asked for. */
export function isShortened(expires: number, request: PatRequest): boolean {
  return expires < request.validTo - grace;
}

function grantedMore(what: string): TaskError {
  return new TaskError('granted-more-than-asked', `Azure DevOps granted ${what}. It is being revoked.`);
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
