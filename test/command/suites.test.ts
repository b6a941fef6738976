import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { coveredBatch, longest, separateBatches, testFiles } from './suites';

describe('the batches of npm test', () => {
  it('hold every test file once, and those that take longest alone and first', () => {
    const separate = separateBatches().map(({ files }) => files);
    const all = [coveredBatch().files, ...separate].flat();
    // The packages of `strangers` are not ours.
    const folders = readdirSync('test').filter((name) => name !== 'strangers');
    assert.deepEqual(all.sort(), folders.flatMap((name) => testFiles(join('test', name))).sort());
    assert.deepEqual(
      separate.slice(0, longest.length),
      longest.map((file) => [file]),
    );
  });
});
