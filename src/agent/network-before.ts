import { type AgentNetwork, isSameNetwork, type NetworkProxy, type PublicNetwork } from '../agent-network';
import { Secret } from '../secret';
import { maskProxy } from './network';
import type { OnUnusable, Pipeline } from './pipeline';
import { agentSecrets } from './secrets';

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
  if (isSameNetwork(now, before)) return now;
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

/** No password is left for post: it is read where it was read before. */
function withPassword(agent: Pick<Pipeline, 'mask'>, before: NetworkProxy, now?: NetworkProxy): NetworkProxy {
  if (before.username === undefined) return before;
  const isSame = now?.url === before.url && now.username === before.username;
  const password = isSame ? now.password : agentSecrets.proxyPassword;
  const proxy = { ...before, ...(password && { password }) };
  maskProxy(agent, proxy);
  return proxy;
}
