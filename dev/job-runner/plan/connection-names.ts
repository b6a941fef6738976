import type { PipelineJob } from './pipeline-file';
import { findTask } from './task-definition';

/** The names of service connections of one type, in any case and of any scheme, that the steps of a job use. */
export function connectionNames(job: PipelineJob, tasksFolder: string, type: string): string[] {
  const names = new Set<string>();
  const wanted = type.toLowerCase();
  for (const step of job.steps) {
    if (step.kind !== 'task') {
      continue;
    }
    const inputs = findTask(tasksFolder, step.task).inputs.filter((input) => {
      const [kind, connectionType] = input.type.toLowerCase().split(':');
      return kind === 'connectedservice' && connectionType === wanted;
    });
    const known = new Set(inputs.flatMap((input) => [input.name, ...input.aliases]).map((name) => name.toLowerCase()));
    for (const [name, value] of Object.entries(step.inputs)) {
      if (known.has(name.toLowerCase()) && value.trim() !== '') {
        names.add(value.trim());
      }
    }
  }
  return [...names];
}
