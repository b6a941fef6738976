import assert from 'node:assert/strict';

/** How a stage ended, in a process of its own or in this one. */
interface Stage {
  result: string;
  message?: string | undefined;
  issues: { message: string }[];
  /** Every line that it wrote, as it wrote it. */
  rawLines: readonly string[];
}

/** What a job of ours left. */
interface Outcome {
  job: { result: string };
  main: Stage;
  post: Stage;
  requests: { operation: string }[];
  postRequests: string[];
  activeAfterMain: object[];
}

/** The stage failed with this code, and its message says all of this. */
export function assertFails(stage: Stage, code: string, ...says: (string | RegExp)[]): void {
  assert.equal(stage.result, 'Failed', `${code}: ${stage.message ?? 'no message'}`);
  assertSays(stage, code, ...says);
}

/** The stage ended with issues and this code, and its message says all of this. */
export function assertWarns(stage: Stage, code: string, ...says: (string | RegExp)[]): void {
  assert.equal(stage.result, 'SucceededWithIssues', `${code}: ${stage.message ?? 'no message'}`);
  assertSays(stage, code, ...says);
}

function assertSays({ message = '' }: Stage, code: string, ...says: (string | RegExp)[]): void {
  assert.match(message, new RegExp(`\\(${code}\\)$`));
  for (const part of says) {
    if (typeof part === 'string') assert.ok(message.includes(part), `"${message}" says "${part}"`);
    else assert.match(message, part);
  }
}

/** The stage succeeded, sent nothing and said nothing that a reader without debug output would see. */
export function assertQuiet({ result, issues, rawLines }: Stage): void {
  assert.equal(result, 'Succeeded');
  assert.deepEqual(issues, []);
  assert.deepEqual(
    rawLines.filter((line) => !/^##vso\[task\.(debug|setsecret)\]/.test(line)),
    [],
  );
}

/** The step was refused before anything was sent, and its post-job had nothing to do. */
export function assertNothingSent(outcome: Outcome, code: string, ...says: (string | RegExp)[]): void {
  assertFails(outcome.main, code, ...says);
  assert.deepEqual(
    outcome.requests.map(({ operation }) => operation),
    [],
  );
  assertQuiet(outcome.post);
}

/** The step failed with this code, no token is left alive, and the post-job had nothing to do. */
export function assertRefused(outcome: Outcome, code: string, ...says: (string | RegExp)[]): void {
  assertFails(outcome.main, code, ...says);
  assert.equal(outcome.job.result, 'Failed');
  assert.deepEqual(outcome.activeAfterMain, []);
  assert.deepEqual(outcome.postRequests, []);
  assertQuiet(outcome.post);
}
