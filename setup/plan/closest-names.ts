import { quotable } from '../../src/errors';

const shown = 3;

/**
 * Which of the names that exist look most like one that does not, as the end of a sentence.
 * @returns the empty string where there is no name at all.
 */
export function closestNames(wanted: string, existing: string[]): string {
  const ranked = [...new Set(existing)]
    .map((name) => ({ name, distance: distanceOf(wanted.toLowerCase(), name.toLowerCase()) }))
    .sort((one, other) => one.distance - other.distance || one.name.localeCompare(other.name));
  const names = ranked.slice(0, shown).map(({ name }) => `"${quotable(name, 60)}"`);
  return names.length === 0 ? '' : ` The closest ${names.length === 1 ? 'name is' : 'names are'} ${names.join(', ')}.`;
}

/** How many letters have to be put in, taken out or changed to get from one text to the other (Levenshtein). */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (const [column, match] of [...other].entries()) {
      const changed = (row[column] ?? 0) + (letter === match ? 0 : 1);
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
