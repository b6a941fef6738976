import assert from 'node:assert/strict';
import { TaskError } from '../../src/errors';
import type { InputReader } from '../../src/step/input-reader';

/** What was noted, as the error that a step would end with; undefined where nothing was. */
export function errorOf(reader: InputReader): TaskError | undefined {
  try {
    reader.complete({});
  } catch (error) {
    assert.ok(error instanceof TaskError, String(error));
    return error;
  }
  return undefined;
}

/** What was noted, as one message, or the empty string. */
export function noted(reader: InputReader): string {
  return errorOf(reader)?.message ?? '';
}
