import './agent-secrets';
import './vault-folder';

// Not `import *`: only the module object itself can be stubbed in tests.
import internal = require('azure-pipelines-task-lib/internal');
import tl = require('azure-pipelines-task-lib/task');

import { readAgentNetwork } from './agent-network';
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
  const pipeline: Pipeline = {
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
    network: () => readAgentNetwork(pipeline, process.env),
  };
  return pipeline;
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
