import type { Pats } from '../../azure-devops/tokens/pats';
import { type Revoked, revokeTokens } from '../../azure-devops/tokens/revoke-tokens';
import { TaskError } from '../../errors';
import type { Runtime } from '../../http/runtime';
import type { LeasedToken } from './lease';

/** Milliseconds after a request for a token within which it may take effect, or become known everywhere. */
const effectTime = 30_000;
const pause = 3_000;

type Clocks = Pick<Runtime, 'now' | 'uptime'>;

/** What waits between two looks; returns whether there was time for it. */
interface Waiting {
  pause(milliseconds: number): Promise<boolean>;
}

/** Whether a token that is not found now may be there later: its request is not yet old enough. */
export function mayStillAppear(token: LeasedToken, clocks: Clocks): boolean {
  return timeLeft(token, clocks) > 0;
}

/**
 * Revokes tokens, and asks again every three seconds for those that are not found as long as they may still appear.
 * @throws TaskError those of revokeTokens, or `timed-out` where there is no time left to ask.
 */
export async function revokePatiently(
  pats: Pats,
  tokens: LeasedToken[],
  { waiting, clocks }: { waiting: Waiting; clocks: Clocks },
): Promise<Revoked> {
  const revoked: string[] = [];
  const notFound: string[] = [];
  for (let open = tokens; ; ) {
    const look = await revokeTokens(pats, open);
    revoked.push(...look.revoked);
    open = open.filter(({ name }) => look.notFound.includes(name));
    const left = Math.max(0, ...open.map((token) => timeLeft(token, clocks)));
    if (left === 0) return { revoked, notFound: [...notFound, ...open.map(({ name }) => name)] };
    // What can no longer appear is not asked for again.
    notFound.push(...open.filter((token) => timeLeft(token, clocks) === 0).map(({ name }) => name));
    open = open.filter((token) => timeLeft(token, clocks) > 0);
    if (await waiting.pause(Math.min(pause, left))) continue;
    const seconds = Math.ceil(left / 1000);
    throw new TaskError(
      'timed-out',
      `The token may still appear for ${seconds} s, but the time of this step is used up.`,
    );
  }
}

/** Milliseconds for which a token may still appear; none where it was never asked for. */
function timeLeft({ asked }: LeasedToken, clocks: Clocks): number {
  if (asked === undefined) return 0;
  const age = clocks.uptime() - asked.uptime;
  // Below zero, the machine was started anew meanwhile; then only the wall clock can say, and it may be wrong.
  const known = age >= 0 ? age : Math.max(0, clocks.now() - Date.parse(asked.on));
  return Math.max(0, effectTime - known);
}
