import { type Problems, quoted } from './errors';
import type { Pipeline } from './pipeline';

/**
 * Reads an input that is not secret; empty where it is not set. Notes `input-invalid` for a macro: the agent leaves a macro
 * as it is where it knows no such variable.
 */
export function plainInput(name: string, pipeline: Pipeline, problems: Problems): string {
  const value = pipeline.input(name).trim();
  if (!isMacro(value)) return value;
  problems.add(
    'input-invalid',
    `${name} is still ${quoted(value)}: a variable that does not exist in this job.`,
    'Check the name in $(…), and that the variable is set before this step; nothing was sent.',
  );
  return '';
}

/** Reads an input that is true or false, in any case: templates write True. Notes `input-invalid` for anything else. */
export function readBoolean(name: string, byDefault: boolean, pipeline: Pipeline, problems: Problems): boolean {
  const value = plainInput(name, pipeline, problems).toLowerCase();
  if (value === '') return byDefault;
  // Not the library's getBoolInput, for which everything that is not "true" is false.
  if (value !== 'true' && value !== 'false') {
    problems.add('input-invalid', `${name} ${quoted(value)} is neither true nor false.`);
  }
  return value === 'true';
}

/** Whether a text still holds a macro. */
export function isMacro(text: string): boolean {
  return /\$\([^)]*\)/.test(text);
}

/** Notes `input-invalid` for an input that cannot be honoured: nobody may believe in a limit that does not hold. */
export function refuse(name: string, why: string, problems: Problems): void {
  problems.add(
    'input-invalid',
    `${name} is set but has no effect where ${why}.`,
    `Leave ${name} empty, or change the other input; nothing was sent.`,
  );
}
