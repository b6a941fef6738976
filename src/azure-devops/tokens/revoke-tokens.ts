import { TaskError } from '../../errors';
import { lookThrough } from './look-through';
import type { ListedPat } from './pat-answers';
import type { Pats } from './pats';

/** A token to be revoked: by its id, or, where that was never learned, by its unique name. */
export interface RevocableToken {
  name: string;
  id?: string;
}

/** What became of tokens, by name. */
export interface Revoked {
  /** Alive before, and proved to be revoked now. */
  revoked: string[];
  /** Not there, or not any more. */
  notFound: string[];
}

/**
 * Revokes a token by its id, with proof: where the service's answer proves nothing, the list of active tokens decides.
 * @returns `gone` where the token was not there before.
 * @throws TaskError `revoke-failed` where the token is still active, or those of Pats.
 */
export async function revokeById(pats: Pats, id: string): Promise<'revoked' | 'gone'> {
  const { ending, proved } = await pats.revoke(id);
  if (proved || !(await pats.findActive(id))) return ending;
  const what = 'The token is still active, although the revocation was answered as if it were not.';
  throw new TaskError('revoke-failed', what);
}

/**
 * Revokes tokens by id and, those whose id is not known, by looking for their names among the active tokens.
 * @throws TaskError what stopped the first that could not be revoked; the others have been tried all the same.
 */
export async function revokeTokens(pats: Pats, tokens: RevocableToken[]): Promise<Revoked> {
  const outcome: Revoked = { revoked: [], notFound: [] };
  const failures: unknown[] = [];
  const attempt = async (name: string, id: string) => {
    try {
      outcome[(await revokeById(pats, id)) === 'revoked' ? 'revoked' : 'notFound'].push(name);
    } catch (error) {
      failures.push(error);
    }
  };
  for (const { name, id } of tokens) if (id !== undefined) await attempt(name, id);
  const names = tokens.filter(({ id }) => id === undefined).map(({ name }) => name);
  const { found, failure } = names.length === 0 ? { found: [] } : await findByName(pats, names);
  for (const { name, id } of found) await attempt(name, id);
  if (failure !== undefined) failures.push(failure);
  if (failures.length > 0) throw failures[0];
  outcome.notFound.push(...names.filter((name) => !found.some((token) => token.name === name)));
  return outcome;
}

/**
 * The active tokens of these names: the service has no search. To the last page, because a request that something on
 * the way repeated has made two of one name; and to the end before any is revoked, because revoking shifts the pages.
 */
async function findByName(pats: Pats, names: string[]): Promise<{ found: ListedPat[]; failure?: unknown }> {
  const found: ListedPat[] = [];
  try {
    const show = (token: ListedPat) => {
      // Trimmed: a name may end with a space that a service is free to drop.
      const name = names.find((wanted) => wanted.trim() === token.name.trim());
      const isNew = found.every(({ id }) => id !== token.id);
      if (name !== undefined && isNew) found.push({ ...token, name });
    };
    await lookThrough(
      () => pats.pages(),
      show,
      () => names.every((name) => found.some((token) => token.name === name)),
    );
    return { found };
  } catch (failure) {
    return { found, failure };
  }
}
