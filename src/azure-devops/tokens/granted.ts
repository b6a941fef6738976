import { quoted, serverText, TaskError } from '../../errors';
import { isGuid } from '../../guid';
import { timeOf, utcText } from '../../time';
import type { Organization } from '../organization';
import type { CreatedPat, PatRequest } from './pat-creation';

/** Milliseconds by which clocks and roundings may differ. */
export const grace = 2 * 60_000;

/**
 * Compares what was granted with what was asked for.
 * @returns when the token expires, milliseconds since 1970, UTC; earlier than asked where a policy shortens it.
 * @throws TaskError `granted-more-than-asked` or `response-malformed`.
 */
export function checkGranted({ token, granted }: CreatedPat, request: PatRequest, { name }: Organization): number {
  const { displayName, scope, targetAccounts, validTo } = granted;
  if (!token.isPrintableWord(20, 4096)) throw answeredWith('that is not one printable word');
  if (typeof displayName === 'string' && displayName.trim() !== request.name.trim()) {
    throw answeredWith('of another name than was asked for');
  }
  if (scope !== request.scope) {
    const other = typeof scope === 'string' ? `"${serverText(token.redact(scope))}"` : 'nothing readable';
    throw grantedMore(`the scope ${other} instead of ${quoted(request.scope)}`);
  }
  if (!Array.isArray(targetAccounts) || targetAccounts.length !== 1) {
    throw grantedMore('a token that is not limited to one organization');
  }
  // The service names organizations by ids, which this job does not know; a name it can compare.
  const [target]: unknown[] = targetAccounts;
  if (typeof target !== 'string' || (!isGuid(target) && target.toLowerCase() !== name.toLowerCase())) {
    throw grantedMore('a token for another organization');
  }
  const expires = timeOf(validTo);
  if (expires === undefined) throw answeredWith('whose expiry cannot be read');
  if (expires > request.validTo + grace) {
    throw grantedMore(`a token until ${utcText(expires)} instead of ${utcText(request.validTo)}`);
  }
  return expires;
}

/**
 * Makes sure that a token lives no longer than was asked, and that it still lives, by the clock of the service.
 * @param expires milliseconds since 1970, UTC.
 * @param serverNow the same, by the clock of the service when it answered.
 * @throws TaskError `granted-more-than-asked` or `response-malformed`.
 */
export function checkNotLonger(expires: number, serverNow: number, lifetimeMinutes: number): void {
  const end = serverNow + lifetimeMinutes * 60_000;
  if (expires > end + grace) throw grantedMore(`a token until ${utcText(expires)} instead of ${utcText(end)}`);
  if (expires <= serverNow) throw answeredWith(`that had expired at ${utcText(expires)}`);
}

/** Whether a policy made the token noticeably shorter than was asked for. */
export function isShortened(expires: number, request: PatRequest): boolean {
  return expires < request.validTo - grace;
}

function answeredWith(what: string): TaskError {
  return new TaskError('response-malformed', `Azure DevOps answered with a token ${what}.`);
}

function grantedMore(what: string): TaskError {
  return new TaskError('granted-more-than-asked', `Azure DevOps granted ${what}. It is being revoked.`);
}
