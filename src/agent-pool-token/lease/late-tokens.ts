import type { Pats } from '../../azure-devops/tokens/pats';
import { type Revoked, revokeTokens } from '../../azure-devops/tokens/revoke-tokens';
import { TaskError } from '../../errors';
import type { Runtime } from '../../http/runtime';
import type { Online } from '../../step/run-step';
import type { LeasedToken } from './lease';

/** Milliseconds after a request for a token within which it may take effect, or become known everywhere. */
const effectTime = 30_000;
/** Milliseconds between two looks. */
const pause = 3_000;

/** Whether a token that is not found now may be there later: its request is not yet old enough. */
export function mayStillAppear(token: LeasedToken, runtime: Runtime): boolean {
  return timeLeft(token, runtime) > 0;
}

/** Faults that may be gone at the next look. */
const passing = ['network', 'timed-out'];

/**
 * Revokes tokens, and asks again every three seconds for those that are not found as long as they may still appear; also
 * where a fault outlasted its tries, as long as a token without an id may still appear.
 * @throws TaskError those of revokeTokens, or `timed-out` where there is no time left to ask.
 */
export async function revokePatiently(
  pats: Pats,
  tokens: LeasedToken[],
  { conversation, runtime }: Pick<Online, 'conversation' | 'runtime'>,
): Promise<Revoked> {
  const revoked: string[] = [];
  const notFound: string[] = [];
  for (let open = tokens; ; ) {
    const look = await revokeTokens(pats, open).catch((error: unknown) => {
      const isLate = open.some((token) => token.id === undefined && mayStillAppear(token, runtime));
      if (isLate && error instanceof TaskError && passing.includes(error.code)) return error;
      throw error;
    });
    if (!(look instanceof TaskError)) {
      revoked.push(...look.revoked);
      const missing = open.filter(({ name }) => look.notFound.includes(name));
      // What can no longer appear is not asked for again.
      open = missing.filter((token) => mayStillAppear(token, runtime));
      notFound.push(...missing.filter((token) => !open.includes(token)).map(({ name }) => name));
      if (open.length === 0) return { revoked, notFound };
    }
    const left = Math.max(...open.map((token) => timeLeft(token, runtime)));
    if (await conversation.pause(Math.min(pause, left))) continue;
    if (look instanceof TaskError) throw look;
    const what = `The token may still appear for ${Math.ceil(left / 1000)} s, but the time of this step is used up.`;
    throw new TaskError('timed-out', what);
  }
}

/** Milliseconds for which a token may still appear; none where it was never asked for. */
function timeLeft({ asked }: LeasedToken, runtime: Runtime): number {
  if (asked === undefined) return 0;
  const age = runtime.uptime() - asked.uptime;
  // Below zero, the machine was started anew meanwhile; then only the wall clock can say, and it may be wrong.
  const known = age >= 0 ? age : Math.max(0, runtime.now() - Date.parse(asked.on));
  return Math.max(0, effectTime - known);
}
