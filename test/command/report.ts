import { relative } from 'node:path';
import type { BatchResult, Failure, FileResult } from './batch';

/** Shows a person where the run is, and at its end what failed. */
export class Report {
  readonly #total: number;
  readonly #print: (text: string) => void;
  readonly #startedAt = Date.now();
  readonly #failures: Failure[] = [];
  #done = 0;
  #passed = 0;
  #skipped = 0;

  /**
   * @param total how many test files there are.
   * @param print takes one or more lines.
   */
  constructor(total: number, print: (text: string) => void) {
    this.#total = total;
    this.#print = print;
  }

  fileDone({ file, passed, failed, skipped, milliseconds }: FileResult): void {
    this.#done++;
    this.#passed += passed;
    this.#skipped += skipped;
    const place = `[${String(this.#done).padStart(String(this.#total).length)}/${this.#total}]`;
    const counts = [
      `${passed} passed`,
      ...(failed > 0 ? [`${failed} FAILED`] : []),
      ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ];
    const at = Math.round((Date.now() - this.#startedAt) / 1000);
    const seconds = (milliseconds / 1000).toFixed(1);
    this.#print(`${place} ${relative('', file)}: ${counts.join(', ')} in ${seconds} s (at ${at} s)`);
  }

  fail(...failures: Failure[]): void {
    this.#failures.push(...failures);
  }

  /** Takes the failures of a batch, and prints what its tests printed. */
  batchDone({ failures, output }: BatchResult): void {
    this.fail(...failures);
    if (output.trim() !== '') this.#print(output.trimEnd());
  }

  get #hasFailures(): boolean {
    return this.#failures.length > 0;
  }

  /** Whether tests ran and nothing failed. */
  get isGood(): boolean {
    return !this.#hasFailures && this.#passed > 0;
  }

  /** Prints the failures and, in the last line, the sums. */
  close(): void {
    if (this.#passed === 0 && !this.#hasFailures) this.fail({ file: 'test', title: 'the run', error: 'No test ran.' });
    for (const [index, { file, title, error }] of this.#failures.entries()) {
      this.#print(`\n${index + 1}) ${relative('', file)}: ${title}\n${error.trimEnd().replaceAll(/^/gm, '   ')}`);
    }
    const skipped = this.#skipped > 0 ? `, ${this.#skipped} skipped` : '';
    if (!this.isGood) this.#print('');
    this.#print(`${this.#passed} passed, ${this.#failures.length} failed${skipped}`);
  }
}
