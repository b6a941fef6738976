let failed = 0;
let headings = 0;

/** Begins a part, with its number. */
export function heading(title: string): void {
  headings++;
  const text = `${headings}. ${title}`;
  console.log(`\n${text}\n${'-'.repeat(text.length)}`);
}

/** Says what was checked, and remembers if it did not hold. */
export function check(held: boolean, claim: string): void {
  console.log(`  ${held ? 'ok' : 'NOT OK'}  ${claim}`);
  if (!held) failed++;
}

/** Says how it went in all, and returns the exit code. */
export function conclude(): number {
  console.log(failed === 0 ? '\nAll of it held.' : `\n${failed} of these claims did not hold.`);
  return failed === 0 ? 0 : 1;
}
