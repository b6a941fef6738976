import type { Variables } from './variables';

/** What a step is known by while it runs. */
export interface RunningStep {
  /** The same in all stages of the step. */
  id: string;
  /** Its reference name. */
  name: string;
  displayName: string;
}

/** Sets the variables that exist while a step runs, and returns what takes them away again. */
export function setStepVariables(variables: Variables, step: RunningStep): () => void {
  const values = {
    'task.displayname': step.displayName,
    // True only for tasks that come with the service.
    'task.publishtelemetry': 'False',
    'system.taskInstanceId': step.id,
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
