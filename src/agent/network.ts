import type { AgentNetwork, NetworkProxy } from '../agent-network';
import { TaskError } from '../errors';
import { agentBypassPatterns, bypassPatterns, readProxyAddress } from '../proxies';
import { Secret } from '../secret';
import { asksForNoValidation } from './environment';
import type { OnUnusable, Pipeline } from './pipeline';
import { pipelineSettings } from './pipeline-settings';
import { agentSecrets } from './secrets';

/** The part of the agent that says how it reaches the network, and takes warnings of that. */
type Agent = Pick<Pipeline, 'variable' | 'variableNames' | 'mask' | 'warn'>;

/**
 * Reads how the agent reaches the network, masks the passwords in that, and warns where it accepts any certificate and where
 * a setting comes from a variable of the pipeline.
 * @param environment of the process: its proxy is used where the agent has none.
 * @param onUnusable is given a setting that cannot be read, as a TaskError `network`; the rest is then read without it. Where
 * it is left out, that error is thrown.
 */
export function readAgentNetwork(
  agent: Agent,
  environment: NodeJS.ProcessEnv,
  onUnusable: OnUnusable = refuse,
): AgentNetwork {
  const skipCertificateValidation = agent.variable('Agent.SkipCertValidation').toLowerCase() === 'true';
  if (skipCertificateValidation) {
    agent.warn('This agent is set up to accept any certificate, so that no step can find out who really answers it.');
  } else if (asksForNoValidation) {
    agent.warn(
      'NODE_TLS_REJECT_UNAUTHORIZED is ignored: this step checks every certificate. Only Agent.SkipCertValidation of the agent ends that.',
    );
  }
  const ownProxy = agentProxy(agent, onUnusable);
  const proxy = ownProxy ?? environmentProxy(environment, onUnusable);
  if (proxy) maskProxy(agent, proxy);
  const certificates = agentCertificates(agent, environment);
  const foreign = pipelineSettings(agent.variableNames(), ownProxy !== undefined);
  if (foreign.length > 0) {
    const subject = foreign.length === 1 ? 'comes from a variable' : 'come from variables';
    agent.warn(
      `${foreign.join(', ')} ${subject} of this pipeline and not from the agent, and so this pipeline decides how this step reaches the network. Set the agent up with it, or remove it from the pipeline.`,
    );
  }
  return { ...(proxy && { proxy }), ...(certificates && { certificates }), skipCertificateValidation };
}

function refuse(problem: TaskError): never {
  throw problem;
}

function agentCertificates(agent: Agent, environment: NodeJS.ProcessEnv): AgentNetwork['certificates'] {
  const caFile = agent.variable('Agent.CAInfo');
  const certFile = agent.variable('Agent.ClientCert');
  if (!caFile && !certFile) return undefined;
  const extraCaFile = environment.NODE_EXTRA_CA_CERTS;
  const authorities = { ...(caFile && { caFile, ...(extraCaFile && { extraCaFile }) }) };
  if (!certFile) return authorities;
  const keyFile = agent.variable('Agent.ClientCertKey');
  const archiveFile = agent.variable('Agent.ClientCertArchive');
  const passphrase = agentSecrets.clientCertificatePassword;
  if (passphrase) agent.mask(new Secret(passphrase));
  return {
    ...authorities,
    certFile,
    ...(keyFile && { keyFile }),
    ...(archiveFile && { archiveFile }),
    ...(passphrase && { passphrase }),
  };
}

/** The proxy that the agent was set up with. */
function agentProxy(agent: Agent, onUnusable: OnUnusable): NetworkProxy | undefined {
  const url = agentSecrets.proxyUrl;
  if (!url) return undefined;
  const address = readProxyAddress(url);
  if (!address) return void onUnusable(unreadableProxy('The proxy URL of this agent', 'the agent'));
  const username = agent.variable('Agent.ProxyUsername');
  const password = agentSecrets.proxyPassword;
  return { ...address, ...(username && { username, password }), bypass: bypassList(agent, onUnusable) };
}

function bypassList(agent: Agent, onUnusable: OnUnusable): string[] {
  try {
    return agentBypassPatterns(agent.variable('Agent.ProxyBypassList'));
  } catch (cause) {
    const remedy = 'Correct the .proxybypass file of the agent and restart it.';
    onUnusable(new TaskError('network', 'The proxy bypass list of this agent cannot be read.', { remedy, cause }));
    return [];
  }
}

/** The proxy that everything on this machine uses, unless it says otherwise. Both cases of a name are usual. */
function environmentProxy(environment: NodeJS.ProcessEnv, onUnusable: OnUnusable): NetworkProxy | undefined {
  const text = (environment.https_proxy || environment.HTTPS_PROXY)?.trim();
  if (!text) return undefined;
  const address = readProxyAddress(text);
  if (!address)
    return void onUnusable(unreadableProxy('The proxy in the environment variable HTTPS_PROXY', 'that variable'));
  return { ...address, bypass: bypassPatterns(environment.no_proxy || environment.NO_PROXY || '') };
}

/** Its text is not shown: it may hold a password. */
function unreadableProxy(what: string, where: string): TaskError {
  return new TaskError('network', `${what} is not one of an HTTP proxy.`, {
    remedy: `Write http://host:port into the settings of ${where} and restart the agent.`,
  });
}

/** Masks the password of a proxy, and the form in which it travels there. */
export function maskProxy(agent: Pick<Agent, 'mask'>, { username, password }: NetworkProxy): void {
  if (!password) return;
  agent.mask(new Secret(password));
  agent.mask(new Secret(Buffer.from(`${username}:${password}`, 'utf8').toString('base64')));
}
