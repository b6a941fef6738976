import type { PipelineJob } from './pipeline-file';
import { findTask } from './task-definition';

/** The names of service connections of one type that the steps of a job use. */
export function connectionNames(job: PipelineJob, tasksFolder: string, type: string): string[] {
  const names = new Set<string>();
  for (const step of job.steps) {
    if (step.kind !== 'task') {
      continue;
    }
    const inputs = findTask(tasksFolder, step.task).inputs.filter((input) => input.type === `connectedService:${type}`);
    const known = new Set(inputs.flatMap((input) => [input.name, ...input.aliases]).map((name) => name.toLowerCase()));
    for (const [name, value] of Object.entries(step.inputs)) {
      if (known.has(name.toLowerCase()) && value.trim() !== '') {
        names.add(value.trim());
      }
    }
  }
  return [...names];
}
