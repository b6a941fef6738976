import { runAtOnce } from './settled';

/** Tests that spend their time in processes of their own: they run some at a time, and each reports its own result. */
export function sideBySide(title: string, atOnce: number, declare: (test: Declare) => void): void {
  const tests: { name: string; body: () => Promise<void> }[] = [];
  declare((name, body) => tests.push({ name, body }));
  describe(title, function () {
    this.timeout(600_000);
    const failures = new Map<string, unknown>();
    before(async () => {
      const bodies = tests.map(({ name, body }) => async () => {
        await body().catch((error: unknown) => failures.set(name, error));
      });
      await runAtOnce(atOnce, bodies);
    });
    for (const { name } of tests) {
      it(name, () => {
        if (failures.has(name)) throw failures.get(name);
      });
    }
  });
}

type Declare = (name: string, body: () => Promise<void>) => void;
