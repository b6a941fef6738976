import { writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Hook, Runner, reporters, type Suite, type Test } from 'mocha';
import { type Entry, journalPipe } from './entries';

type FileEntry = Extract<Entry, { kind: 'file' }>;

const {
  EVENT_RUN_END,
  EVENT_SUITE_BEGIN,
  EVENT_SUITE_END,
  EVENT_TEST_BEGIN,
  EVENT_TEST_FAIL,
  EVENT_TEST_PASS,
  EVENT_TEST_PENDING,
} = Runner.constants;

const nothingYet = { passed: 0, failed: 0, skipped: 0, milliseconds: 0 };

function write(entry: Entry): void {
  writeSync(journalPipe, `${JSON.stringify(entry)}\n`);
}

function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** A mocha reporter that writes the journal and prints nothing. */
export default class Journal extends reporters.Base {
  #current: (FileEntry & { startedAt: number; endedAt: number }) | undefined;

  constructor(runner: Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const noteUncaught = (error: unknown) =>
      write({ kind: 'uncaught', error: describeError(error), ...(this.#current && { file: this.#current.file }) });
    process.on('uncaughtExceptionMonitor', noteUncaught);
    // Mocha swallows a rejection that nothing catches: it has a listener of its own, which only emits the event again.
    const seen = new WeakSet<Promise<unknown>>();
    process.on('unhandledRejection', (reason, promise) => {
      if (!seen.has(promise)) noteUncaught(reason);
      seen.add(promise);
    });
    runner.on(EVENT_SUITE_BEGIN, (suite) => void (suite.root || this.#of(suite)));
    runner.on(EVENT_SUITE_END, (suite) => {
      if (!suite.root) this.#of(suite).endedAt = performance.now();
    });
    runner.on(EVENT_TEST_BEGIN, (test) => void this.#of(test));
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

  /** The entry of the file that a test, a hook or a suite stands in; the one before it is closed. */
  #of(place: Test | Hook | Suite): FileEntry & { endedAt: number } {
    const file = resolve(place.file ?? place.parent?.file ?? '');
    const now = performance.now();
    if (this.#current?.file !== file) {
      this.#close();
      this.#current = { kind: 'file', file, ...nothingYet, startedAt: now, endedAt: now };
    }
    this.#current.endedAt = now;
    return this.#current;
  }

  /** A file without a test is not one that ran. */
  #close(): void {
    if (this.#current === undefined) return;
    const { startedAt, endedAt, ...entry } = this.#current;
    this.#current = undefined;
    if (entry.passed + entry.failed + entry.skipped > 0) write({ ...entry, milliseconds: endedAt - startedAt });
  }
}
