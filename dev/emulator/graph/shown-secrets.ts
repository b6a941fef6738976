import type { Application, ClientSecret } from '../directory/entities';
import type { State } from '../state';

/** How long a secret lives unless its end is named, in milliseconds. */
export const twoYears = 2 * 365 * 24 * 60 * 60_000;
/** The key id of a secret that was there from the start. */
export const firstSecret = '00000000-0000-0000-0000-000000000001';

interface ShownSecret {
  keyId: string;
  displayName: string | null;
  secretText: string;
  startDateTime: string;
  endDateTime: string;
}

/** The secrets of an application, whole. */
export function secretsOf({ clientSecret, secretExpiresAt, passwords = [] }: Application, state: State): ShownSecret[] {
  const now = state.clock.now();
  const own: ClientSecret[] =
    clientSecret === undefined
      ? []
      : [
          {
            keyId: firstSecret,
            displayName: null,
            secretText: clientSecret,
            startsAt: now,
            endsAt: secretExpiresAt ?? now + twoYears,
          },
        ];
  return [...own, ...passwords].map(({ keyId, displayName, secretText, startsAt, endsAt }) => ({
    keyId,
    displayName,
    secretText,
    startDateTime: new Date(startsAt).toISOString(),
    endDateTime: new Date(endsAt).toISOString(),
  }));
}
