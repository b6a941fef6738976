import type { JobOptions } from '../options';
import type { PipelineVariable } from '../plan/pipeline-file';
import type { Variables } from './variables';

/** Where a job's variables come from, besides what the caller adds. */
export interface VariableSources {
  predefined: Record<string, string>;
  /** Those of the YAML. */
  written: readonly PipelineVariable[];
  jobAccessToken: string;
}

/** Fills in the variables that a job begins with; later sources go before earlier ones. */
export function setJobVariables(variables: Variables, options: JobOptions, sources: VariableSources): void {
  for (const [name, value] of Object.entries(sources.predefined)) {
    variables.set(name, value, { readOnly: name !== 'agent.jobstatus' });
  }
  for (const { name, value, readOnly } of sources.written) {
    variables.set(name, value, { readOnly });
  }
  for (const [name, value] of Object.entries(options.variables ?? {})) {
    variables.set(name, value);
  }
  for (const [name, value] of Object.entries({
    'System.AccessToken': sources.jobAccessToken,
    ...options.secretVariables,
  })) {
    variables.maskJobSecret(value);
    const enabled = variables.get('System.EnableAccessToken')?.toLowerCase() === 'true';
    variables.set(name, value, { secret: !(name === 'System.AccessToken' && enabled) });
  }
  variables.expand();
}
