import assert from 'node:assert/strict';
import { type Problems, TaskError } from '../../src/errors';

/** What was noted, as the error that a step would end with; undefined where nothing was. */
export function errorOf(problems: Problems): TaskError | undefined {
  try {
    problems.throwIfAny();
  } catch (error) {
    assert.ok(error instanceof TaskError, String(error));
    return error;
  }
  return undefined;
}

/** What was noted, as one message, or the empty string. */
export function noted(problems: Problems): string {
  return errorOf(problems)?.message ?? '';
}
