export function median(values: number[]): number {
  return percentile(values, 50);
}

/** The smallest value that at least this share of all values does not exceed. */
export function percentile(values: number[], percent: number): number {
  const rank = Math.ceil((values.length * percent) / 100);
  return values.toSorted((a, b) => a - b)[Math.max(rank, 1) - 1] ?? Number.NaN;
}

/** A Markdown table of two columns. */
export function printTable(heading: [string, string], rows: Record<string, string | number>): void {
  console.log(`| ${heading.join(' | ')} |\n|---|---|`);
  for (const [what, figure] of Object.entries(rows)) console.log(`| ${what} | ${figure} |`);
}
