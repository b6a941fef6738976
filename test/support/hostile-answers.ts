import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TaskError } from '../../src/errors';
import type { HttpOutcome } from '../../src/http/runtime';
import { adasToken, broken, FakeRuntime, idOf, json, patOf, text, timedOut, tooLarge } from './world';

const value = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom('none', 'tokenNotFound', 'the name', idOf(1), '##vso[x]\n', adasToken, null),
);
const token = fc.record(
  {
    displayName: value,
    authorizationId: value,
    token: fc.oneof(fc.constant(patOf(1)), value),
    scope: value,
    validTo: value,
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  fc.dictionary(
    fc.constantFrom(
      'patToken',
      'patTokens',
      'patTokenError',
      'patTokenErrorMessage',
      'message',
      'typeKey',
      'continuationToken',
    ),
    fc.oneof(value, token, fc.array(fc.oneof(token, value), { maxLength: 3 })),
  ),
  fc.jsonValue(),
);
/** All that the token API, or something on the way to it, may answer. */
export const anyAnswer: fc.Arbitrary<HttpOutcome> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(200, 204, 400, 401, 403, 404), body)
      .map(([status, content]) => json(status, content)),
  },
  fc.tuple(fc.integer({ min: 100, max: 599 }), body).map(([status, content]) => json(status, content)),
  fc
    .tuple(
      fc.integer({ min: 100, max: 599 }),
      fc.string(),
      fc.dictionary(fc.constantFrom('retry-after', 'content-type', 'date', 'x-tfs-serviceerror'), fc.string()),
    )
    .map(([status, content, headers]) => text(status, content, headers)),
  fc.constantFrom(broken, timedOut, tooLarge),
);

/** Answers in this order, over and over, taking a little time. */
export function runtimeAnswering(outcomes: HttpOutcome[]): FakeRuntime {
  const runtime = new FakeRuntime();
  runtime.latency = 500;
  runtime.reply = (_, index) => outcomes[index % outcomes.length] ?? broken;
  return runtime;
}

/** Fails unless an error is an expected one, in one line, without a token in it. */
export function assertDiscreet(error: unknown): void {
  assert.ok(error instanceof TaskError, String(error));
  assert.ok(!error.message.includes(adasToken) && !error.message.includes(patOf(1)), error.message);
  assert.doesNotMatch(error.message, /##\s*(vso)?\[|[\r\n]/i);
}
