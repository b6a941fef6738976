import { TaskError } from '../errors';
import { Secret } from '../secret';
import { bypassPatterns, readProxyAddress } from './proxies';
import { agentSecrets } from './secrets';

/** How the agent reaches the network. */
export interface AgentNetwork {
  proxy?: { url: string; username?: string; password?: string; bypass: string[] };
  certificates?: { caFile?: string; certFile?: string; keyFile?: string; archiveFile?: string; passphrase?: string };
  skipCertificateValidation: boolean;
}

/** What of the agent tells how it reaches the network, and how to warn of that. */
interface Agent {
  variable(name: string): string;
  mask(secret: Secret): void;
  warn(message: string): void;
}

type Proxy = NonNullable<AgentNetwork['proxy']>;

/**
 * Reads how the agent reaches the network, masks the passwords in that, and warns where it accepts any certificate.
 * @param environment of the process: its proxy is used where the agent has none.
 * @throws TaskError `network` if the proxy settings of either cannot be read.
 */
export function readAgentNetwork(agent: Agent, environment: NodeJS.ProcessEnv): AgentNetwork {
  const skipCertificateValidation = agent.variable('Agent.SkipCertValidation').toLowerCase() === 'true';
  if (skipCertificateValidation) {
    agent.warn('This agent is set up to accept any certificate, so nobody can tell who really answers this step.');
  }
  const settings: AgentNetwork = { skipCertificateValidation };
  const proxy = agentProxy(agent) ?? environmentProxy(environment);
  if (proxy) {
    maskProxy(agent, proxy);
    settings.proxy = proxy;
  }
  const certificates = agentCertificates(agent);
  if (certificates) settings.certificates = certificates;
  return settings;
}

function agentCertificates(agent: Agent): AgentNetwork['certificates'] {
  const caFile = agent.variable('Agent.CAInfo');
  const certFile = agent.variable('Agent.ClientCert');
  if (!caFile && !certFile) return undefined;
  if (!certFile) return { ...(caFile && { caFile }) };
  const keyFile = agent.variable('Agent.ClientCertKey');
  const archiveFile = agent.variable('Agent.ClientCertArchive');
  const passphrase = agentSecrets.clientCertificatePassword;
  if (passphrase) agent.mask(new Secret(passphrase));
  return {
    ...(caFile && { caFile }),
    certFile,
    ...(keyFile && { keyFile }),
    ...(archiveFile && { archiveFile }),
    ...(passphrase && { passphrase }),
  };
}

/** The proxy that the agent was set up with. */
function agentProxy(agent: Agent): Proxy | undefined {
  const url = agentSecrets.proxyUrl;
  if (!url) return undefined;
  const address = readProxyAddress(url);
  if (!address) throw unreadableProxy('The proxy URL of this agent', 'the agent');
  const username = agent.variable('Agent.ProxyUsername');
  const password = agentSecrets.proxyPassword;
  return { ...address, ...(username && { username, password }), bypass: bypassList(agent) };
}

function bypassList(agent: Agent): string[] {
  try {
    const patterns = JSON.parse(agent.variable('Agent.ProxyBypassList') || '[]') as string[];
    for (const pattern of patterns) new RegExp(pattern, 'i');
    return patterns;
  } catch (cause) {
    throw new TaskError('network', 'The proxy bypass list of this agent cannot be read.', {
      remedy: 'Correct the .proxybypass file of the agent and restart it.',
      cause,
    });
  }
}

/** The proxy that everything on this machine uses, unless it says otherwise. Both cases of a name are usual. */
function environmentProxy(environment: NodeJS.ProcessEnv): Proxy | undefined {
  const text = (environment.https_proxy || environment.HTTPS_PROXY)?.trim();
  if (!text) return undefined;
  const address = readProxyAddress(text);
  if (!address) throw unreadableProxy('The proxy in the environment variable HTTPS_PROXY', 'that variable');
  return { ...address, bypass: bypassPatterns(environment.no_proxy || environment.NO_PROXY || '') };
}

/** Its text is not told: it may hold a password. */
function unreadableProxy(what: string, where: string): TaskError {
  return new TaskError('network', `${what} is not one of an HTTP proxy.`, {
    remedy: `Write http://host:port into the settings of ${where} and restart the agent.`,
  });
}

/** Masks the password of a proxy, and the form in which it travels there. */
function maskProxy(agent: Agent, { username, password }: Proxy): void {
  if (!password) return;
  agent.mask(new Secret(password));
  agent.mask(new Secret(Buffer.from(`${username}:${password}`, 'utf8').toString('base64')));
}
