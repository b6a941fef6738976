/** What a mocha process says of its tests, one JSON text a line on a pipe of its own. */
export type Entry =
  | { kind: 'file'; file: string; passed: number; failed: number; skipped: number; milliseconds: number }
  | { kind: 'failure'; file: string; title: string; error: string }
  /** An error that no test caught, and the file whose tests ran. Mocha ends with exit code 0 where one comes after its last test. */
  | { kind: 'uncaught'; error: string; file?: string }
  | { kind: 'end' };

/** The number of the pipe, as `stdio` of the process that starts mocha counts. */
export const journalPipe = 3;
