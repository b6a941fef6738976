/**
 * How the agent names service connections, its own secrets, secure files and task variables in the environment, and the
 * inputs of these tasks: other variables with such beginnings are a pipeline's own business.
 */
const ofStep = new RegExp(
  `^(endpoint_(url|auth|data)_|secret_agent_|securefile_(name|ticket)_|vsts_taskvariable_|input_(${[
    'connectionType|issuer|azureDevOpsServiceConnection|azureSubscription|accessToken|organizationUrl',
    'scope|pool|lifetimeMinutes|variable|revokeAfterJob|onRevokeFailure',
    'revoke|tokenIds|olderThanMinutes|dryRun|writer|olderThanDays',
    'target|project|deploymentGroup|environment|state|agents|count|capabilities|since|timeoutMinutes|token',
  ].join('|')})$)`,
  'i',
);

/**
 * The variables of the pipeline that some agents let stand for what a step is given: those write variables into the
 * environment after its inputs and service connections, and an earlier step can set any variable.
 * @param names of the job's variables that are not secret.
 */
export function forgedNames(names: string[]): string[] {
  return names.filter((name) => ofStep.test(name.replace(/[. ]/g, '_'))).sort();
}

/** Variables of the environment that Node or this task reads, set by the agent or by a pipeline. */
const ofEnvironment = ['NODE_EXTRA_CA_CERTS', 'NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_USE_SYSTEM_CA'];
/** Those that count only where the agent has no proxy of its own. */
const ofProxy = ['HTTPS_PROXY', 'NO_PROXY'];
/** The agent's own, which it names with a dot: with an underscore they are a pipeline's, and hide the agent's. */
const ofAgent =
  /^agent_(proxy(url|username|password|bypasslist)|skipcertvalidation|cainfo|clientcert(key|archive|password)?)$/i;

/**
 * The settings of the network that a pipeline has set by variables, as it names them.
 * @param names of the job's variables that are not secret.
 * @param hasOwnProxy whether the agent was set up with a proxy.
 */
export function pipelineSettings(names: string[], hasOwnProxy: boolean): string[] {
  const watched = hasOwnProxy ? ofEnvironment : [...ofEnvironment, ...ofProxy];
  return names
    .filter((name) => watched.includes(name.replace(/[. ]/g, '_').toUpperCase()) || ofAgent.test(name))
    .sort();
}
