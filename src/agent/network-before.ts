import { isDeepStrictEqual } from 'node:util';
import { Secret } from '../secret';
import { type AgentNetwork, maskProxy, type OnUnusable } from './network';
import type { Pipeline } from './pipeline';
import { agentSecrets } from './secrets';

/** How the agent reaches the network, without its passwords: main can leave that for post. */
export interface PublicNetwork {
  proxy?: { url: string; username?: string; bypass: string[] };
  certificates?: Omit<NonNullable<AgentNetwork['certificates']>, 'passphrase'>;
  skipCertificateValidation: boolean;
}

/** No proxy, and the usual authorities. */
export const plainNetwork: PublicNetwork = { skipCertificateValidation: false };

/** The settings without what is secret in them. */
export function publicNetwork({ proxy, certificates, skipCertificateValidation }: AgentNetwork): PublicNetwork {
  const { password: _, ...openProxy } = proxy ?? {};
  const { passphrase: __, ...files } = certificates ?? {};
  return {
    ...(proxy && { proxy: { ...openProxy, url: proxy.url, bypass: proxy.bypass } }),
    ...(certificates && { certificates: files }),
    skipCertificateValidation,
  };
}

/**
 * How the agent reached the network when an earlier stage did. A later step can set the variables that say so, to what is
 * well-formed and leads nowhere; the earlier stage did reach the services.
 */
export function networkSince(
  agent: Pick<Pipeline, 'network' | 'mask' | 'warn'>,
  before: PublicNetwork,
  onUnusable: OnUnusable,
): AgentNetwork {
  const now = agent.network(onUnusable);
  if (isDeepStrictEqual(publicNetwork(now), before)) return now;
  agent.warn(
    'A later step changed how this job reaches the network: this step goes the way that the token was minted by.',
  );
  const { proxy, certificates, skipCertificateValidation } = before;
  const passphrase = certificates?.certFile === undefined ? '' : agentSecrets.clientCertificatePassword;
  if (passphrase) agent.mask(new Secret(passphrase));
  return {
    ...(proxy && { proxy: withPassword(agent, proxy, now.proxy) }),
    ...(certificates && { certificates: { ...certificates, ...(passphrase && { passphrase }) } }),
    skipCertificateValidation,
  };
}

type Proxy = NonNullable<AgentNetwork['proxy']>;

/** No password is left for post: it is read where it was read before. */
function withPassword(agent: Pick<Pipeline, 'mask'>, before: Proxy, now: Proxy | undefined): Proxy {
  if (before.username === undefined) return before;
  const isSame = now?.url === before.url && now.username === before.username;
  const password = isSame ? now.password : agentSecrets.proxyPassword;
  const proxy = { ...before, ...(password && { password }) };
  maskProxy(agent, proxy);
  return proxy;
}

/** Whether a value that an earlier stage left is such a network. */
export function isPublicNetwork(value: unknown): value is PublicNetwork {
  if (!isRecord(value)) return false;
  const { proxy, certificates, skipCertificateValidation } = value;
  return (
    typeof skipCertificateValidation === 'boolean' &&
    (proxy === undefined || isProxy(proxy)) &&
    (certificates === undefined || (isRecord(certificates) && Object.values(certificates).every(isText)))
  );
}

function isProxy(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { url, username, bypass } = value;
  return isText(url) && (username === undefined || isText(username)) && Array.isArray(bypass) && bypass.every(isText);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
