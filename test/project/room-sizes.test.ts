import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(__dirname, '..', '..');
const maxFiles = 12;
const maxLines = 200;

const files = ['tasks', 'src', 'setup', 'dev', 'scripts'].flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .map((name) => join(room, name))
    .filter((file) => /\.tsx?$/.test(file)),
);

describe('rooms stay small', () => {
  it(`have at most ${maxFiles} files of code in a folder`, () => {
    const counts = new Map<string, number>();
    for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
    assert.ok(counts.size > 20, `${counts.size} folders`);
    assert.deepEqual(
      [...counts].filter(([, count]) => count > maxFiles),
      [],
    );
  });

  it(`have at most ${maxLines} lines in a file`, () => {
    const lines = (file: string) => readFileSync(join(root, file), 'utf8').split('\n').length - 1;
    assert.deepEqual(
      files.filter((file) => lines(file) > maxLines),
      [],
    );
  });
});
