import type { PlannedStep } from '../plan/job-plan';
import type { Variables } from './variables';

/** Sets the variables that exist while a step runs, and returns what takes them away again. */
export function setStepVariables(variables: Variables, { step, id }: PlannedStep): () => void {
  const values = {
    'task.displayname': step.displayName,
    // True only for tasks that come with the service.
    'task.publishtelemetry': 'False',
    'system.taskInstanceId': id,
    'system.taskDisplayName': step.displayName,
    'system.taskInstanceName': step.name,
  };
  for (const [name, value] of Object.entries(values)) {
    variables.set(name, value);
  }
  return () => {
    for (const name of Object.keys(values)) {
      variables.unset(name);
    }
  };
}
