import type { Emulator } from '../../dev/emulator';
import type { Command } from '../../dev/job-runner';

/**
 * Everything that post can learn of a main: the commands that the agent obeyed, but for masks, what the services were asked,
 * and how many tokens they have made. Names, ids and times differ from job to job: of each stands whether it is that of the
 * token that was made.
 */
export function leftByMain(obeyed: readonly Command[], { requests, state }: Emulator): string {
  const made = new Map(
    state.pats.flatMap(({ displayName, authorizationId, token }) => [
      [displayName, 'its name'],
      [authorizationId, 'its id'],
      [token, 'itself'],
    ]),
  );
  const kindOf = (_: string, value: unknown) => {
    if (typeof value === 'string') return value && (made.get(value) ?? 'text');
    return typeof value === 'number' ? 'number' : value;
  };
  const said = obeyed.flatMap(({ event, properties, data }) =>
    event === 'setsecret' ? [] : [[event, ...properties, JSON.stringify(parsed(data), kindOf)]],
  );
  return JSON.stringify([said, requests.map(({ operation }) => operation), state.pats.length]);
}

/** The value in a JSON text, or the text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
