import { relative } from 'node:path';
import type { BatchResult, Failure, FileResult } from './batch';

/** Tells a person where the run is, and at its end what failed. */
export class Report {
  readonly #total: number;
  readonly #startedAt = Date.now();
  readonly #failures: Failure[] = [];
  #done = 0;
  #passed = 0;
  #skipped = 0;

  /** @param total how many test files there are. */
  constructor(total: number) {
    this.#total = total;
  }

  fileDone({ file, passed, failed, skipped }: FileResult): void {
    this.#done++;
    this.#passed += passed;
    this.#skipped += skipped;
    const place = `[${String(this.#done).padStart(String(this.#total).length)}/${this.#total}]`;
    const counts = [
      `${passed} passed`,
      ...(failed > 0 ? [`${failed} FAILED`] : []),
      ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ];
    const seconds = Math.round((Date.now() - this.#startedAt) / 1000);
    console.log(`${place} ${relative('', file)}: ${counts.join(', ')} (at ${seconds} s)`);
  }

  fail(...failures: Failure[]): void {
    this.#failures.push(...failures);
  }

  /** Takes the failures of a batch, and prints what its tests printed. */
  batchDone({ failures, output }: BatchResult): void {
    this.fail(...failures);
    if (output.trim() !== '') console.log(output.trimEnd());
  }

  get hasFailures(): boolean {
    return this.#failures.length > 0;
  }

  /** Whether tests ran and nothing failed. */
  get isGood(): boolean {
    return !this.hasFailures && this.#passed > 0;
  }

  /** Prints the failures and, in the last line, the sums. */
  close(): void {
    if (this.#passed === 0 && !this.hasFailures) this.fail({ file: 'test', title: 'the run', error: 'No test ran.' });
    for (const [index, { file, title, error }] of this.#failures.entries()) {
      console.log(`\n${index + 1}) ${relative('', file)}: ${title}\n${error.trimEnd().replaceAll(/^/gm, '   ')}`);
    }
    const skipped = this.#skipped > 0 ? `, ${this.#skipped} skipped` : '';
    if (!this.isGood) console.log('');
    console.log(`${this.#passed} passed, ${this.#failures.length} failed${skipped}`);
  }
}
