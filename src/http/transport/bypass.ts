import { runInNewContext } from 'node:vm';

/** Milliseconds for one pattern; one that needs more never ends. */
const maxMatching = 100;

/**
 * Whether a URL goes past the proxy. A pattern is looked for as the agent does it: without the path, and without the
 * usual port. One that would try without end counts as no match: anyone can write a pattern into a variable of the agent.
 */
export function bypasses(patterns: string[], { origin }: URL): boolean {
  return patterns.some((pattern) => {
    try {
      const matching = 'new RegExp(pattern, "i").test(origin)';
      return runInNewContext(matching, { pattern, origin }, { timeout: maxMatching }) === true;
    } catch {
      return false;
    }
  });
}
