import assert from 'node:assert/strict';
import { LineSplitter } from '../../../dev/job-runner/run/processes';
import { removeFolders, runSteps, writeExtension } from './extension';

function split(...chunks: string[]): string[] {
  const splitter = new LineSplitter();
  return [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
}

describe('lines of output', () => {
  after(removeFolders);

  it('end at any line end, wherever the chunks are cut', () => {
    assert.deepEqual(split('a\nb\r\nc\rd'), ['a', 'b', 'c', 'd']);
    assert.deepEqual(split('a', 'b\r', '\nc', '\r', 'd\n', '\n'), ['ab', 'c', 'd', '']);
    assert.deepEqual(split('a\r'), ['a']);
    assert.deepEqual(split(''), []);
  });

  it('keep characters whole whose bytes come apart', async () => {
    const main = `const bytes = Buffer.from('é€😀');
      bytes.forEach((byte, index) => setTimeout(() => process.stdout.write(Buffer.from([byte])), index * 10));`;
    const { rawLines } = await runSteps(writeExtension({ name: 'T', main }), [{ task: 'T@1' }]);
    assert.deepEqual(rawLines, ['é€😀']);
  });
});
