import type { Pats } from '../../azure-devops/tokens/pats';
import { quoted, TaskError } from '../../errors';
import type { Lease } from './lease';

/**
 * Makes sure that the credential that is about to revoke is the one that minted.
 * @throws TaskError `lease-mismatch`; nothing has been sent yet.
 */
export function checkSameCredential(lease: Lease, organization: string, connection: string): void {
  if (lease.organization === organization && lease.connection === connection) return;
  throw new TaskError(
    'lease-mismatch',
    `This step now names another connection or organization than the one that minted ${describeTokens(lease)}.`,
  );
}

/**
 * Makes sure that the user who signed in owns the tokens: a stranger's "not found" means nothing.
 * @throws TaskError `lease-mismatch` where both users are known and differ.
 */
export function checkSameUser(lease: Lease, user: string | undefined): void {
  if (lease.user === undefined || user === undefined || lease.user === user) return;
  throw new TaskError('lease-mismatch', `Another user signed in than the one who owns ${describeTokens(lease)}.`);
}

/**
 * Makes sure that a "not found" can be believed: that it was not an unknown user who asked for a known user's tokens.
 * @throws TaskError `lease-mismatch`.
 */
export function checkNotFound(lease: Lease, user: string | undefined, notFound: string[]): void {
  if (notFound.length === 0 || lease.user === undefined || lease.user === user) return;
  const what = `It cannot be known whether ${describeTokens(lease)} is gone: the user who signed in is not readable.`;
  throw new TaskError('lease-mismatch', what);
}

/**
 * Makes sure that each id in a lease is that of its name: a pipeline can put a text of its own in the place of a lease.
 * @throws TaskError `lease-mismatch`, or those of Pats.
 */
export async function checkNames(lease: Lease, pats: Pats): Promise<void> {
  for (const { id, name } of lease.tokens) {
    const token = id === undefined ? undefined : await pats.get(id);
    if (token === undefined || token.name.trim() === name.trim()) continue;
    throw new TaskError('lease-mismatch', `The id ${id} is not that of ${describeTokens(lease)}. Nothing was revoked.`);
  }
}

/** The tokens of a lease as a person finds them in the list of the user's tokens. */
export function describeTokens({ tokens }: Pick<Lease, 'tokens'>): string {
  return tokens
    .map(({ name, id, expiresOn }) => {
      const known = [id && `id ${id}`, expiresOn && `expires ${expiresOn}`].filter(Boolean).join(', ');
      return `token ${quoted(name)}${known && ` (${known})`}`;
    })
    .join(' and ');
}
