import type { StoredConnection } from '../azure-devops/connections/stored-connection';
import { causeOf, TaskError } from '../errors';
import type { Secret } from '../secret';
import { maxCredentialLength } from '../sign-in/client-proof';
import { failureOf, isRefusal, trial } from './old-token';
import type { Renewing } from './renewing';
import { expiryOf, storedOnOf } from './stored-on';
import { readBack, store } from './storing';

/** Milliseconds that are kept for writing once there is a new token. */
const keptForWriting = 60_000;

/**
 * Signs in for a new refresh token, stores it, and proves it. Writes the old one back where Entra refuses the new one.
 * @throws TaskError `renewal-failed`, or, where no new token was had, those of EntraSignIn.
 */
export async function replaceToken(renewing: Renewing): Promise<void> {
  const token = await newToken(renewing);
  if (!token) return;
  const { pipeline, conversation, result } = renewing;
  conversation.extend(keptForWriting);
  const inHand = { ...renewing, end: renewing.end + keptForWriting };
  const storedOn = conversation.serverNow();
  const notStored = ({ code }: TaskError) =>
    `The new refresh token ${code === 'renewal-refused' ? 'was not' : 'may not be'} stored`;
  await orFail(inHand, notStored, () => store(inHand, { token, storedOn }));
  const notSeen = () => 'The new refresh token was accepted, but is not seen to be stored';
  const after = await orFail(inHand, notSeen, () => readBack(inHand, storedOn));
  const stored = storedOnOf(after);
  result.expiresOn = expiryOf(stored);
  if (stored === storedOn) await prove(inHand, token, after);
  else pipeline.say('Another renewal stored a refresh token of its own after this step: that one stays.');
  result.renewed = true;
  pipeline.say(`The refresh token of the service connection was renewed. It ends at ${result.expiresOn}.`);
}

/** @returns undefined where another renewal stored one meanwhile, and left the old one unusable. */
async function newToken(renewing: Renewing): Promise<Secret | undefined> {
  const { signIn, request, pipeline, result } = renewing;
  const { credential } = request;
  try {
    const { refreshToken } = await signIn.redeemRefreshToken(credential, { offlineAccess: true });
    const isNew = refreshToken && refreshToken.reveal() !== credential.refreshToken.reveal();
    if (isNew && refreshToken.isPrintableWord(20, maxCredentialLength)) return refreshToken;
  } catch (error) {
    const other = isRefusal(error) ? await readBack(renewing).catch(() => undefined) : undefined;
    if (!other) throw error;
    result.expiresOn = expiryOf(storedOnOf(other));
    pipeline.say('Another renewal stored a new refresh token while this step ran: there is nothing left to do.');
    return undefined;
  }
  const what = 'Entra issued no new refresh token.';
  throw failureOf(what, await trial(renewing), 'Grant the app the permission offline_access, then run the step again.');
}

/** Signs in with the token that is stored now. */
async function prove(renewing: Renewing, token: Secret, after: StoredConnection): Promise<void> {
  const { signIn, request, before } = renewing;
  try {
    await signIn.redeemRefreshToken({ ...request.credential, refreshToken: token });
  } catch (error) {
    const old = await trial(renewing);
    if (!isRefusal(error)) {
      throw failureOf(`The new refresh token was stored, but could not be tried: ${causeOf(error)}`, old);
    }
    const refused = `Entra refuses the new refresh token: ${causeOf(error)}`;
    if (old.ending !== 'works') throw failureOf(refused, old);
    const back = { token: request.credential.refreshToken, storedOn: storedOnOf(before) };
    try {
      await store({ ...renewing, before: after }, back);
    } catch (cause) {
      throw failureOf(`${refused} The one before it could not be written back: ${causeOf(cause)}`, old);
    }
    renewing.result.expiresOn = expiryOf(storedOnOf(before));
    throw failureOf(`${refused} The one before it was written back.`, old);
  }
}

/** Does something with a new token, and says where it fails what became of the old one. */
async function orFail<T>(renewing: Renewing, what: (error: TaskError) => string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    renewing.result.expiresOn = '';
    throw failureOf(`${what(error)}: ${causeOf(error)}`, await trial(renewing));
  }
}
