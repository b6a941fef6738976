import type { Pats } from './pats';

/** A token to be revoked: by its id, or, where that was never learned, by its unique name. */
export interface RevocableToken {
  name: string;
  id?: string;
}

/**
 * Revokes tokens by id and, those whose id is not known, by looking for their names among the active tokens.
 * @returns the names of those that were there, and of those that were not.
 * @throws TaskError what stopped the first that could not be revoked; the others have been tried all the same.
 */
export async function revokeTokens(
  pats: Pats,
  tokens: RevocableToken[],
): Promise<{ revoked: string[]; notFound: string[] }> {
  const outcome = { revoked: [] as string[], notFound: [] as string[] };
  const failures: unknown[] = [];
  const attempt = async (name: string, id: string) => {
    try {
      outcome[(await pats.revoke(id)) === 'revoked' ? 'revoked' : 'notFound'].push(name);
    } catch (error) {
      failures.push(error);
    }
  };
  for (const { name, id } of tokens) if (id !== undefined) await attempt(name, id);
  const names = tokens.filter(({ id }) => id === undefined).map(({ name }) => name);
  if (names.length > 0) {
    const found = new Set<string>();
    try {
      for await (const { name, id } of withNames(pats, names)) {
        found.add(name);
        await attempt(name, id);
      }
      outcome.notFound.push(...names.filter((name) => !found.has(name)));
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return outcome;
}

/**
 * The active tokens of these names, page by page: the service has no search. To the last page, because a request that
 * something on the way repeated has made two of one name.
 */
async function* withNames(pats: Pats, names: string[]): AsyncGenerator<{ name: string; id: string }> {
  const listed: { name: string; id: string }[] = [];
  let failure: unknown;
  try {
    for await (const token of pats.active()) {
      // Trimmed: a name may end with a space that a service is free to drop.
      const name = names.find((wanted) => wanted.trim() === token.name.trim());
      if (name !== undefined) listed.push({ name, id: token.id });
    }
  } catch (error) {
    failure = error;
  }
  // Only now, because revoking while a list is read shifts its pages.
  yield* listed;
  if (failure !== undefined) throw failure;
}
