import assert from 'node:assert/strict';

/** What the task promises for one misbehaviour of a service, by one operation. */
export interface Expected {
  /** `succeeds`, or the code with which the step ends. */
  ends: string;
  /** How often the operation is asked for. */
  least: number;
  most: number;
  /** Seconds that have to pass before the request that follows. */
  waits?: number;
  /** What a step that succeeds warns of, each in turn. */
  warnings?: RegExp[];
}

export interface Cell {
  fault: string;
  operation: string;
  expected: Expected;
  /** As it stands in the table. */
  text: string;
}

/**
 * Reads a Markdown table: its heading names the operations, the first cell of a line the misbehaviour, and each other
 * cell says what is expected: `network ×4`, `timed-out ×3-4`, `succeeds ×2 after 5 s`; a dash where nothing is tried.
 */
export function readTable(text: string): Cell[] {
  const [heading = [], , ...lines] = text
    .trim()
    .split('\n')
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return lines.flatMap(([fault = '', ...cells]) => {
    assert.equal(cells.length + 1, heading.length, `the line "${fault}" has as many cells as the heading`);
    return cells
      .map((cell, index) => ({ cell, operation: heading[index + 1] as string }))
      .filter(({ cell }) => cell !== '–')
      .map(({ cell, operation }) => ({ fault, operation, expected: readCell(cell), text: cell }));
  });
}

function readCell(text: string): Expected {
  const [, ends, least, most, waits] = /^([a-z-]+) ×(\d+)(?:-(\d+))?(?: after (\d+) s)?$/.exec(text) ?? [];
  assert.ok(ends && least, `"${text}" is no cell`);
  return { ends, least: Number(least), most: Number(most ?? least), ...(waits && { waits: Number(waits) }) };
}
