import { writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Hook, Runner, reporters, type Test } from 'mocha';

/** What a mocha process says of its tests, one JSON text a line on a pipe of its own. */
export type Entry =
  | { kind: 'file'; file: string; passed: number; failed: number; skipped: number }
  | { kind: 'failure'; file: string; title: string; error: string }
  /** An error that no test caught. Mocha ends with exit code 0 where one comes after its last test. */
  | { kind: 'uncaught'; error: string }
  | { kind: 'end' };

/** The number of the pipe, as `stdio` of the process that starts mocha counts. */
export const journalPipe = 3;

const { EVENT_RUN_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } = Runner.constants;

function write(entry: Entry): void {
  writeSync(journalPipe, `${JSON.stringify(entry)}\n`);
}

function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** A mocha reporter that writes the journal and prints nothing. */
export default class Journal extends reporters.Base {
  #current: Extract<Entry, { kind: 'file' }> | undefined;

  constructor(runner: Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    process.on('uncaughtExceptionMonitor', (error) => write({ kind: 'uncaught', error: describeError(error) }));
    // Mocha swallows a rejection that nothing catches: it has a listener of its own, which only emits the event again.
    const seen = new WeakSet<Promise<unknown>>();
    process.on('unhandledRejection', (reason, promise) => {
      if (!seen.has(promise)) write({ kind: 'uncaught', error: describeError(reason) });
      seen.add(promise);
    });
    runner.on(EVENT_TEST_PASS, (test) => void this.#of(test).passed++);
    runner.on(EVENT_TEST_PENDING, (test) => void this.#of(test).skipped++);
    runner.on(EVENT_TEST_FAIL, (test, error) => {
      const entry = this.#of(test);
      entry.failed++;
      const diff = reporters.Base.generateDiff;
      const { actual, expected, showDiff } = error as { actual?: unknown; expected?: unknown; showDiff?: boolean };
      const isTold = showDiff !== false && typeof actual === 'string' && typeof expected === 'string';
      const text = isTold ? `${describeError(error)}${diff(actual, expected)}` : describeError(error);
      write({ kind: 'failure', file: entry.file, title: test.fullTitle(), error: text });
    });
    runner.on(EVENT_RUN_END, () => {
      this.#close();
      write({ kind: 'end' });
    });
  }

  /** The entry of the file that a test, or a hook of its suite, stands in. */
  #of(test: Test | Hook): Extract<Entry, { kind: 'file' }> {
    const file = resolve(test.file ?? test.parent?.file ?? '');
    if (this.#current?.file !== file) {
      this.#close();
      this.#current = { kind: 'file', file, passed: 0, failed: 0, skipped: 0 };
    }
    return this.#current;
  }

  #close(): void {
    if (this.#current) write(this.#current);
    this.#current = undefined;
  }
}
