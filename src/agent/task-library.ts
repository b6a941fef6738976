import './secrets';
import { publicVariableNames } from './environment';
import './vault-folder';

// Not `import *`: only the module object itself can be stubbed in tests.
import internal = require('azure-pipelines-task-lib/internal');
import tl = require('azure-pipelines-task-lib/task');

import { Secret } from '../secret';
import { readConnection } from './connections';
import { readAgentNetwork } from './network';
import { networkSince } from './network-before';
import type { Pipeline } from './pipeline';
import { forgedNames } from './pipeline-settings';
import { onDrained, outputIsRead } from './process-end';
import { sealing } from './seal';

/** https://github.com/microsoft/azure-pipelines-task-lib/blob/master/node/docs/azure-pipelines-task-lib.md */
export function agentPipeline(): Pipeline {
  const mask = masking();
  const secretOf = (text: string | undefined) => masked(text, mask);
  const pipeline: Pipeline = {
    input: readOnce((name) => tl.getInput(name) ?? ''),
    secretInput: (name) => secretOf(internal._vault.retrieveSecret(`INPUT_${name}`)),
    variable: (name) => tl.getVariable(name) ?? '',
    connection: readOnce((id) => readConnection(id, secretOf)),
    variableNames: () => publicVariableNames,
    hasSecretVariable: (name) =>
      Object.values(internal._knownVariableMap).some(
        (known) => known.secret && known.name.toLowerCase() === name.toLowerCase(),
      ),
    // Not by the library's functions for task variables, which throw where Agent.Version is none that they accept: a later
    // step can set that variable, and post would revoke nothing.
    taskVariable: (name) => (internal._vault.retrieveSecret(taskVariableKey(name)) ?? '').trim(),
    setTaskVariable: (name, value) => tl.command('task.settaskvariable', { variable: name, issecret: 'false' }, value),
    seal: sealing(),
    mask,
    publishSecret: (name, secret) => {
      mask(secret);
      tl.setVariable(name, secret.reveal(), true);
    },
    setVariable: (name, value) => tl.setVariable(name, value),
    setOutput: (name, value) => tl.setVariable(name, value, false, true),
    // Not by the console, for which Node loads what formats values.
    say: (line) => internal._writeLine(line),
    progress: (percent) => tl.setProgress(percent, ''),
    warn: (message) => tl.warning(message),
    succeedWithIssues: (message) => tl.setResult(tl.TaskResult.SucceededWithIssues, message),
    fail: (message) => tl.setResult(tl.TaskResult.Failed, message),
    network: (onUnusable) => readAgentNetwork(pipeline, process.env, onUnusable),
    networkSince: (before, onUnusable) => networkSince(pipeline, before, onUnusable),
    forgedNames: () => forgedNames(publicVariableNames),
    outputIsRead,
    onDrained,
  };
  return pipeline;
}

/** Reads what does not change while a step runs: each read of the library decrypts the value, and writes it to the log. */
function readOnce<Value>(read: (name: string) => Value): (name: string) => Value {
  const known = new Map<string, Value>();
  return (name) => {
    const value = known.get(name) ?? read(name);
    known.set(name, value);
    return value;
  };
}

function taskVariableKey(name: string): string {
  return `VSTS_TASKVARIABLE_${internal._getVariableKey(name)}`;
}

/**
 * Makes a secret of a text, and masks it. The text was read from where the library keeps it, because every reader that the
 * library offers first writes the value to the log as a debug line, and it is not masked yet.
 */
function masked(text: string | undefined, mask: (secret: Secret) => void): Secret | undefined {
  const value = text?.trim();
  if (!value) return undefined;
  const secret = new Secret(value);
  mask(secret);
  return secret;
}

/** What masks each form of a secret, and each once: the agent looks for every mask in every later line of the job. */
function masking(): (secret: Secret) => void {
  const known = new Set<string>();
  return (secret) => {
    // A secret that is too short is not masked, because its mask would hide what is none. It is refused before it is used, or
    // is a password of the agent, which the agent masks itself.
    if (secret.isTooShort) return;
    // The agent takes one line at a time, and the library refuses more by an exception.
    for (const form of secret.travellingForms()) {
      for (const line of form.split(/[\r\n]+/)) {
        // A percent sign it would echo escaped where it shows debug output, and so unmasked; what holds one is never used,
        // nor printed, here.
        if (line.length < Secret.minLength || line.includes('%') || known.has(line)) continue;
        known.add(line);
        tl.setSecret(line);
      }
    }
  };
}
