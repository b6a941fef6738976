type Choices = Record<string, readonly string[]>;
type Row = Record<string, string>;

/**
 * Few rows in which each value of a choice stands beside each value of each other choice at least once, instead of all
 * with all: a fault that two values bring about together is met.
 */
export function pairwise(choices: Choices): Row[] {
  const names = Object.keys(choices);
  const open = new Set(allPairs(choices));
  const rows: Row[] = [];
  while (open.size > 0) {
    const [first = ''] = open;
    const row: Row = Object.fromEntries(JSON.parse(first) as [string, string][]);
    for (const name of names) row[name] ??= best(name, choices, row, open);
    for (const pair of pairsOf(row)) open.delete(pair);
    rows.push(row);
  }
  return rows;
}

/** The value with which a row has most pairs that no row has so far. */
function best(name: string, choices: Choices, row: Row, open: ReadonlySet<string>): string {
  const gain = (value: string) => pairsOf({ ...row, [name]: value }).filter((pair) => open.has(pair)).length;
  return [...(choices[name] ?? [])].sort((a, b) => gain(b) - gain(a))[0] ?? '';
}

function allPairs(choices: Choices): string[] {
  const values = Object.entries(choices).flatMap(([name, list]) => list.map((value) => ({ name, value })));
  return values.flatMap((a) =>
    values.filter((b) => a.name < b.name).map((b) => pairOf([a.name, a.value], [b.name, b.value])),
  );
}

function pairsOf(row: Row): string[] {
  const entries = Object.entries(row);
  return entries.flatMap((a) => entries.filter((b) => a[0] < b[0]).map((b) => pairOf(a, b)));
}

function pairOf(a: [string, string], b: [string, string]): string {
  return JSON.stringify([a, b]);
}
