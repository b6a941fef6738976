import { JobRefused } from '../refusal';
import type { JobOutcome } from '../results';

const conditions = {
  succeeded: ['Succeeded', 'SucceededWithIssues'],
  always: ['Succeeded', 'SucceededWithIssues', 'Failed', 'Canceled'],
  failed: ['Failed'],
  succeededOrFailed: ['Succeeded', 'SucceededWithIssues', 'Failed'],
  canceled: ['Canceled'],
} as const satisfies Record<string, readonly JobOutcome[]>;

/** A function that looks at the job's result so far. */
export type Condition = keyof typeof conditions;

/** Reads the text of a `condition:`; anything but one of the status functions is refused. */
export function parseCondition(text: string | undefined, path: string): Condition {
  const name = /^\s*([a-z]+)\s*\(\s*\)\s*$/i.exec(text ?? 'succeeded()')?.[1];
  const names = Object.keys(conditions) as Condition[];
  const condition = names.find((known) => known.toLowerCase() === name?.toLowerCase());
  if (condition === undefined) {
    const known = names.map((each) => `${each}()`).join(', ');
    throw new JobRefused(`${path}: the condition '${text}' is not supported by this runner; it knows ${known}.`);
  }
  return condition;
}

/** Whether a stage with this condition runs while the job stands like this. */
export function holds(condition: Condition, jobStatus: JobOutcome): boolean {
  return (conditions[condition] as readonly JobOutcome[]).includes(jobStatus);
}
