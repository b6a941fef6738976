import './secrets';
import './vault-folder';

// Not `import *`: only the module object itself can be stubbed in tests.
import internal = require('azure-pipelines-task-lib/internal');
import tl = require('azure-pipelines-task-lib/task');

import { Secret } from '../secret';
import { readAgentNetwork } from './network';
import type { Connection, Pipeline } from './pipeline';

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
