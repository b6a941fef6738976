import type { Secret } from '../../src/secret';
import { explained, SetupError } from '../failure';
import type { Application, ClientSecret } from '../services/application-json';
import type { Tools } from '../tools';

const hour = 60 * 60_000;
/** By this name a later run finds a secret that a killed one left. */
const name = 'agent-pool-token setup, temporary';
/** Milliseconds in which a request whose end is unknown can still take effect. */
const late = 30_000;
/** Milliseconds between two looks. */
const pause = 3_000;

/**
 * Has an app prove itself for the sign-in of the user, by a client secret that lives for an hour and goes right after,
 * on success and failure alike. What a killed run left goes too.
 * @throws what `use` throws, SetupError where the secret could not be removed.
 */
export async function withTemporarySecret<T>(
  tools: Tools,
  app: Application,
  use: (secret: Secret) => Promise<T>,
): Promise<T> {
  const { applications, runtime } = tools;
  await removeLeftSecrets(tools, app.id, { since: runtime.now(), expected: false });
  const since = runtime.now();
  let keyId: string | undefined;
  try {
    const made = await applications.addSecret(app.id, name, runtime.now() + hour);
    keyId = made.keyId;
    return await use(made.secret);
  } finally {
    await takeAway(tools, app.id, { since, keyId });
  }
}

async function takeAway(
  tools: Tools,
  appId: string,
  { since, keyId }: { since: number; keyId: string | undefined },
): Promise<void> {
  try {
    // A list that is read right after the secret was made may not show it yet: its id does not depend on that.
    if (keyId !== undefined) await tools.applications.removeSecret(appId, keyId);
    else await removeLeftSecrets(tools, appId, { since, expected: true });
  } catch (cause) {
    throw new SetupError(
      `The temporary client secret of the app may still be there: ${explained(cause).what}`,
      'It ends by itself within an hour. Run the command again to remove it, or remove it in the app registration.',
      { cause },
    );
  }
}

/** Whether a client secret is one that a run of this command makes for the sign-in alone. */
export function isTemporary(secret: ClientSecret): boolean {
  return secret.name === name;
}

/** Removes what a killed run left, before anything else is done. */
export async function withoutLeftSecrets(tools: Tools, app: Application | undefined): Promise<void> {
  if (!app?.secrets.some(isTemporary)) return;
  const count = await removeLeftSecrets(tools, app.id, { since: tools.runtime.now(), expected: false });
  if (count > 0) tools.terminal.say('Removed a temporary client secret that an interrupted run had left.');
}

/** @param expected whether a request that nothing was heard of may have made one. */
async function removeLeftSecrets(
  { applications, runtime }: Tools,
  appId: string,
  { since, expected }: { since: number; expected: boolean },
): Promise<number> {
  for (;;) {
    const left = (await applications.secretsOf(appId)).filter(isTemporary);
    for (const { keyId } of left) await applications.removeSecret(appId, keyId);
    if (left.length > 0 || !expected || runtime.now() - since > late) return left.length;
    await runtime.sleep(pause);
  }
}
