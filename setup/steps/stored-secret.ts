import type { Secret } from '../../src/secret';
import { day } from '../../src/time';
import type { Tools } from '../tools';

/** Days that a client secret lives which a connection holds: longer than a refresh token, so that one renewal serves both. */
export const storedSecretDays = 180;
const name = 'agent-pool-token connection';

/**
 * Makes a client secret that is to stay, and removes it again where it could not be stored; once it is, those that it
 * replaces are removed.
 */
export async function storedSecret<T>(tools: Tools, appId: string, store: (secret: Secret) => Promise<T>): Promise<T> {
  const { applications, runtime } = tools;
  const before = (await applications.secretsOf(appId)).filter((secret) => secret.name === name);
  const { keyId, secret } = await applications.addSecret(appId, name, runtime.now() + storedSecretDays * day);
  let result: T;
  try {
    result = await store(secret);
  } catch (error) {
    await applications.removeSecret(appId, keyId);
    throw error;
  }
  for (const old of before) await applications.removeSecret(appId, old.keyId);
  return result;
}
