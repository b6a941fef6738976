import { JobRefused } from '../refusal';
import { environmentName } from './environment';

/** Settings by which an agent reads inputs and commands, masks, or chooses its Node otherwise than this runner does. */
const settings = new Set([
  'AGENT_RESTRICT_EOL_NODE_VERSIONS',
  'AGENT_SKIP_POST_EXECUTION_IF_CONTAINER_STOPPED',
  'AGENT_USE_ENHANCED_NODE_SELECTION',
  'AGENT_USE_NODE',
  'AGENT_USE_NODE10',
  'AGENT_USE_NODE20_1',
  'AGENT_USE_NODE24',
  'AGENT_USE_NODE24_WITH_HANDLER_DATA',
  'AZP_ENABLE_NEW_MASKER_AND_REGEXES',
  'AZP_IGNORE_SECRETS_SHORTER_THAN',
  'DECODE_PERCENTS',
  'DISABLE_INPUT_TRIMMING',
]);

/** Refuses a variable, of the job or of the agent's environment, that changes what an agent does. */
export function refuseAgentSetting(name: string): void {
  if (!settings.has(environmentName(name))) return;
  throw new JobRefused(`'${name}' is a setting of the agent that is not supported by this runner.`);
}
