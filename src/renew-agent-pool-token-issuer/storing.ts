import type { StoredConnection } from '../azure-devops/connections/stored-connection';
import { TaskError } from '../errors';
import type { Secret } from '../secret';
import { utcText } from '../time';
import { requireSame } from './examination';
import type { Renewing } from './renewing';
import { storedOnField, storedOnOf } from './stored-on';

/** A refresh token, and when it was stored; undefined where that is not known. */
interface Content {
  token: Secret;
  storedOn: number | undefined;
}

/** Milliseconds of the step that writing leaves, for finding out what became of it. */
const keptForTrial = 20_000;
/** Milliseconds between two writes; each pause is twice as long as the one before. */
const firstPause = 1_000;
const maxPause = 15_000;
const readsBack = 3;

/**
 * Writes the connection whole, with this token in it. A write that failed, or whose end is unknown, is read back and then
 * repeated with the same token for as long as there is time: it may be the only copy.
 * @throws TaskError that of the last write.
 */
export async function store(renewing: Renewing, content: Content): Promise<void> {
  const { conversation, request, before, end } = renewing;
  const writing = conversation.part(Math.max(0, end - keptForTrial - conversation.monotonic()));
  const connections = renewing.connections.within(writing);
  let base = before;
  for (let pause = firstPause; ; pause = Math.min(2 * pause, maxPause)) {
    try {
      return await write({ ...renewing, connections, before: base }, content);
    } catch (error) {
      if (!(error instanceof TaskError)) throw error;
      const now = await connections.read(request.address).catch(() => undefined);
      if (now && isStored(now, before, content)) return;
      // What a person changed meanwhile stays.
      base = now ?? base;
      requireSame(base, request);
      if (!(await writing.pause(pause))) throw error;
    }
  }
}

async function write({ connections, request, before }: Renewing, { token, storedOn }: Content): Promise<void> {
  // The token comes last: it replaces what the job was given, in any capitals of its name.
  const secrets = { ...before.secretsOf(request.given), refreshToken: token };
  const stated = { name: storedOnField, value: storedOn === undefined ? '' : utcText(storedOn) };
  const written = await connections.write(request.address, before.withChanges(secrets, stated), Object.values(secrets));
  if (storedOnOf(written) === storedOn) return;
  throw new TaskError('response-malformed', 'Azure DevOps answered the write with something else than was written.');
}

/** Whether a connection shows that the write took effect, or that a later token stands there. */
function isStored(now: StoredConnection, before: StoredConnection, { storedOn }: Content): boolean {
  return (storedOnOf(now) === storedOn && storedOn !== storedOnOf(before)) || isNewer(now, before);
}

/**
 * Reads the connection until it shows that a token was stored since.
 * @param storedOn when this step stored one.
 * @throws TaskError `renewal-failed` where it does not, or has lost something, or those of ServiceConnections.
 */
export async function readBack(
  { conversation, connections, request, before }: Renewing,
  storedOn?: number,
): Promise<StoredConnection> {
  for (let reads = 1; ; reads++) {
    const after = await connections.read(request.address);
    const isStored = after && storedOn !== undefined && storedOnOf(after) === storedOn;
    if (after && (isStored || isNewer(after, before))) return requireWhole(after, before);
    if (reads < readsBack && (await conversation.pause(reads * firstPause))) continue;
    const what = after
      ? 'It does not show that: somebody changed it meanwhile, and it holds what they wrote.'
      : 'It cannot be read any more.';
    throw new TaskError('renewal-failed', what);
  }
}

/** Whether a connection has a token that was stored later. */
function isNewer(after: StoredConnection, before: StoredConnection): boolean {
  const [since, earlier] = [storedOnOf(after), storedOnOf(before)];
  return since !== undefined && since > (earlier ?? Number.NEGATIVE_INFINITY);
}

function requireWhole(after: StoredConnection, before: StoredConnection): StoredConnection {
  const lost = after.lostSince(before);
  if (lost.length > 0) throw new TaskError('renewal-failed', `It has lost fields: ${lost.length}.`);
  if (!after.isUsable) throw new TaskError('renewal-failed', 'It is disabled or not ready now.');
  return after;
}
