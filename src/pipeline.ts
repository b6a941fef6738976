import './agent-secrets';
import './vault-folder';

// Not `import *`: only the module object itself can be stubbed in tests.
import internal = require('azure-pipelines-task-lib/internal');
import tl = require('azure-pipelines-task-lib/task');

import { agentSecrets } from './agent-secrets';
import { TaskError } from './errors';
import { bypassPatterns, readProxyAddress } from './proxies';
import { Secret } from './secret';

/** A service connection as the job may see it. */
export interface Connection {
  id: string;
  url: string;
  /** The authentication scheme; empty where the connection tells none. */
  scheme: string;
  /** A field that is not confidential; empty where it is not set. */
  data(field: string): string;
  /** An authorization parameter that is not confidential; empty where it is not set. */
  parameter(field: string): string;
  /** A confidential field, masked before it is returned; undefined where it is not set. */
  secret(field: string): Secret | undefined;
}

/** The agent's side of the world: what a step is given, and what it can say. */
export interface Pipeline {
  /** An input of the step; empty where it is not set. */
  input(name: string): string;
  /** An input that holds a secret, masked before it is returned; undefined where it is not set. */
  secretInput(name: string): Secret | undefined;
  /** A job variable that is not secret; empty where it is not set. */
  variable(name: string): string;
  /** A service connection, or undefined where this job was not given it. */
  connection(id: string): Connection | undefined;
  /** The names of all variables of the job, the secret ones too. */
  variableNames(): string[];
  /** What an earlier stage of this step left; empty where it left nothing. */
  taskVariable(name: string): string;
  setTaskVariable(name: string, value: string): void;
  /** Has the agent replace every travelling form of the secret by *** from here on. */
  mask(secret: Secret): void;
  /** Sets a secret job variable. Never an output variable: those are sent to the server's timeline. */
  publishSecret(name: string, secret: Secret): void;
  /** Sets an output variable of the step. */
  setOutput(name: string, value: string): void;
  say(line: string): void;
  /** Shows how far the step has come, in per cent. */
  progress(percent: number): void;
  warn(message: string): void;
  succeedWithIssues(message: string): void;
  fail(message: string): void;
  /** @throws TaskError `network` if the proxy settings of the agent, or of its environment, cannot be read. */
  network(): AgentNetwork;
}

/** How the agent reaches the network. */
export interface AgentNetwork {
  proxy?: { url: string; username?: string; password?: string; bypass: string[] };
  certificates?: { caFile?: string; certFile?: string; keyFile?: string; archiveFile?: string; passphrase?: string };
  skipCertificateValidation: boolean;
}

/** https://github.com/microsoft/azure-pipelines-task-lib/blob/master/node/docs/azure-pipelines-task-lib.md */
export function agentPipeline(): Pipeline {
  return {
    input: (name) => tl.getInput(name) ?? '',
    secretInput: (name) => secretFromVault(`INPUT_${name}`),
    variable: (name) => tl.getVariable(name) ?? '',
    connection,
    // Not the library's getVariables, which writes the value of each to the log as a debug line.
    variableNames: () => Object.values(internal._knownVariableMap).map(({ name }) => name),
    taskVariable: (name) => tl.getTaskVariable(name) ?? '',
    setTaskVariable: (name, value) => tl.setTaskVariable(name, value),
    mask,
    publishSecret: (name, secret) => {
      mask(secret);
      tl.setVariable(name, secret.reveal(), true);
    },
    setOutput: (name, value) => tl.setVariable(name, value, false, true),
    say: (line) => console.log(line),
    progress: (percent) => tl.setProgress(percent, ''),
    warn: (message) => tl.warning(message),
    succeedWithIssues: (message) => tl.setResult(tl.TaskResult.SucceededWithIssues, message),
    fail: (message) => tl.setResult(tl.TaskResult.Failed, message),
    network,
  };
}

function connection(id: string): Connection | undefined {
  const url = tl.getEndpointUrl(id, true);
  if (!url) return undefined;
  return {
    id,
    url,
    scheme: tl.getEndpointAuthorizationScheme(id, true) ?? '',
    parameter: (field) => (tl.getEndpointAuthorizationParameter(id, field, true) ?? '').trim(),
    data: (field) => (tl.getEndpointDataParameter(id, field, true) ?? '').trim(),
    secret: (field) => secretFromVault(`ENDPOINT_AUTH_PARAMETER_${id}_${field}`),
  };
}

/**
 * Reads a secret from where the library keeps it, because every reader that the library offers first writes the value
 * to the log as a debug line, and it is not masked yet.
 */
function secretFromVault(key: string): Secret | undefined {
  const value = internal._vault.retrieveSecret(key)?.trim();
  if (!value) return undefined;
  const secret = new Secret(value);
  mask(secret);
  return secret;
}

function mask(secret: Secret): void {
  for (const form of secret.travellingForms()) {
    // The agent takes one line at a time, and the library refuses more by an exception. A percent sign it would echo
    // escaped where it shows debug output, and so unmasked; what holds one is never used, nor printed, here.
    for (const line of form.split(/[\r\n]+/)) if (line !== '' && !line.includes('%')) tl.setSecret(line);
  }
}

function network(): AgentNetwork {
  const skipCertificateValidation = tl.getVariable('Agent.SkipCertValidation')?.toLowerCase() === 'true';
  if (skipCertificateValidation) {
    tl.warning('This agent is set up to accept any certificate, so nobody can tell who really answers this step.');
  }
  const settings: AgentNetwork = { skipCertificateValidation };
  const proxy = agentProxy() ?? environmentProxy(process.env);
  if (proxy) {
    maskProxy(proxy);
    settings.proxy = proxy;
  }
  const certificates = agentCertificates();
  if (certificates) settings.certificates = certificates;
  return settings;
}

function agentCertificates(): AgentNetwork['certificates'] {
  const caFile = tl.getVariable('Agent.CAInfo');
  const certFile = tl.getVariable('Agent.ClientCert');
  if (!caFile && !certFile) return undefined;
  if (!certFile) return { ...(caFile && { caFile }) };
  const keyFile = tl.getVariable('Agent.ClientCertKey');
  const archiveFile = tl.getVariable('Agent.ClientCertArchive');
  const passphrase = agentSecrets.clientCertificatePassword;
  if (passphrase) mask(new Secret(passphrase));
  return {
    ...(caFile && { caFile }),
    certFile,
    ...(keyFile && { keyFile }),
    ...(archiveFile && { archiveFile }),
    ...(passphrase && { passphrase }),
  };
}

type Proxy = NonNullable<AgentNetwork['proxy']>;

/** The proxy that the agent was set up with. */
function agentProxy(): Proxy | undefined {
  const url = tl.getVariable('Agent.ProxyUrl');
  if (!url) return undefined;
  const address = readProxyAddress(url);
  if (!address) throw unreadableProxy('The proxy URL of this agent', 'the agent');
  const username = tl.getVariable('Agent.ProxyUsername');
  const password = agentSecrets.proxyPassword;
  return { ...address, ...(username && { username, password }), bypass: bypassList() };
}

function bypassList(): string[] {
  try {
    const patterns = JSON.parse(tl.getVariable('Agent.ProxyBypassList') || '[]') as string[];
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
function maskProxy({ username, password }: Proxy): void {
  if (!password) return;
  mask(new Secret(password));
  mask(new Secret(Buffer.from(`${username}:${password}`, 'utf8').toString('base64')));
}
