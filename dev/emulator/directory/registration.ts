import { randomUUID } from 'node:crypto';

/** What an app registration says besides what signing in with it needs. */
export interface Registration {
  /** Object id. */
  id: string;
  displayName: string;
  createdAt: number;
  redirects: Record<RedirectPlatform, string[]>;
  isFallbackPublicClient: boolean;
  requiredResourceAccess: unknown[];
  /** Object ids of users. */
  owners: string[];
  /** Whether it is the blueprint of agent identities. */
  isBlueprint: boolean;
}

export type RedirectPlatform = 'web' | 'spa' | 'publicClient';

export function newRegistration(displayName: string, createdAt: number): Registration {
  return {
    id: randomUUID(),
    displayName,
    createdAt,
    redirects: { web: [], spa: [], publicClient: [] },
    isFallbackPublicClient: false,
    requiredResourceAccess: [],
    owners: [],
    isBlueprint: false,
  };
}

/** The platform that a redirect is registered for. Of localhost the port does not count. */
export function platformOf({ redirects }: Registration, redirect: string): RedirectPlatform | undefined {
  const platforms: RedirectPlatform[] = ['web', 'spa', 'publicClient'];
  return platforms.find((platform) => redirects[platform].some((known) => isSame(known, redirect)));
}

function isSame(known: string, given: string): boolean {
  return withoutPort(known) === withoutPort(given);
}

function withoutPort(uri: string): string {
  return uri.replace(/^(http:\/\/localhost):\d+(?=\/|$)/, '$1').replace(/^(http:\/\/localhost)\/$/, '$1');
}
