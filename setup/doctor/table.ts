import type { Finding } from './finding';

const marks = { error: 'ERROR', warning: 'WARNING', note: 'NOTE' } as const;

/** Findings as lines for a person. */
export function tableOf(findings: Finding[], unchecked: string[]): string[] {
  const rows = findings.flatMap(({ severity, about, id, what, remedy }) => [
    `${marks[severity].padEnd(8)} ${about.padEnd(11)} ${id}`,
    `         ${what}`,
    `         ${remedy}`,
    '',
  ]);
  const mended = findings.filter(({ severity }) => severity !== 'note').length;
  return [
    ...rows,
    ...unchecked.map((what) => `Not to be checked from here: ${what}.`),
    mended === 0 ? 'Nothing to mend.' : `${mended} to mend.`,
  ];
}
