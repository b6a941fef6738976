import type { Pipeline } from '../agent/pipeline';
import { type Problems, quoted } from '../errors';

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

/** Reads the name of an agent pool; empty where it is not set. Notes `input-invalid`. */
export function readPool(pipeline: Pipeline, problems: Problems): string {
  const pool = plainInput('pool', pipeline, problems);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no name contains one
  if (pool.length > 256 || /[\u0000-\u001f\u007f]/.test(pool)) {
    problems.add('input-invalid', `pool ${quoted(pool)} cannot be the name of an agent pool.`);
  }
  return pool;
}

/** Whole minutes, at most a day. */
export function readMinutes(
  name: string,
  { byDefault, least }: { byDefault: string; least: number },
  pipeline: Pipeline,
  problems: Problems,
): number {
  const text = plainInput(name, pipeline, problems) || byDefault;
  const minutes = /^[1-9]\d{0,3}$/.test(text) ? Number(text) : Number.NaN;
  if (!(minutes >= least && minutes <= 1440)) {
    problems.add('input-invalid', `${name} ${quoted(text)} is not a whole number of minutes from ${least} to 1440.`);
  }
  return minutes;
}
