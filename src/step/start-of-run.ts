import { timeOf } from '../time';
import type { InputReader } from './input-reader';

/**
 * When this run of the pipeline started, by the clock of the service: milliseconds since 1970, UTC; undefined where the
 * agent does not say.
 * https://learn.microsoft.com/azure/devops/pipelines/build/variables#system-variables
 */
export function startOfRun(reader: InputReader): number | undefined {
  return timeOf(reader.variable('System.PipelineStartTime').replace(' ', 'T'));
}
