/** Variables of the environment that Node or this task reads, set by the agent or by a pipeline. */
const ofEnvironment = ['NODE_EXTRA_CA_CERTS', 'NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_USE_SYSTEM_CA'];
/** Those that count only where the agent has no proxy of its own. */
const ofProxy = ['HTTPS_PROXY', 'NO_PROXY'];
/** The agent's own, which it names with a dot: with an underscore they are a pipeline's, and hide the agent's. */
const ofAgent =
  /^agent_(proxy(url|username|password|bypasslist)|skipcertvalidation|cainfo|clientcert(key|archive|password)?)$/i;

/**
 * The settings of the network that a pipeline has set by variables, as it names them.
 * @param names of all variables of the job.
 * @param hasOwnProxy whether the agent was set up with a proxy.
 */
export function pipelineSettings(names: string[], hasOwnProxy: boolean): string[] {
  const watched = hasOwnProxy ? ofEnvironment : [...ofEnvironment, ...ofProxy];
  return names
    .filter((name) => watched.includes(name.replace(/[. ]/g, '_').toUpperCase()) || ofAgent.test(name))
    .sort();
}
