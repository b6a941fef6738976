import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');

/** Messages that the code puts together, by how the documents quote them. */
const composed: Record<string, string[]> = {
  'has no effect where state is offline': ['has no effect where', 'state is offline'],
  'is named like what the agent gives a step': ['is named', 'like what the agent gives a step'],
  'before the token of this job was minted': ['before ', 'the token of this job was minted'],
  'refused to connect (407)': ['refused to connect ('],
  'the connection to the proxy': ['the connection', ' to the proxy '],
  'the connection through the proxy': ['the connection', ' through the proxy '],
  'cannot be opened with the pass phrase': ['cannot be opened ', 'with the pass phrase'],
};

/** What is quoted there and said by others than this extension. */
const foreign = ['succeeded with issues', 'has been disabled by the task or build definition'];

const code = filesIn('src')
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

function filesIn(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

/** The texts in quotation marks, in pieces where something that differs from run to run is left out. */
function quotations(markdown: string): string[] {
  const prose = markdown.replace(/```[\s\S]*?```/g, '').replace(/\s+/g, ' ');
  const pieces = [...prose.matchAll(/"([^"]{6,200})"/g)].flatMap(([, quoted = '']) => quoted.split(/…|`[^`]*`/));
  return pieces.map((piece) => piece.trim().replace(/[,:.]$/, '')).filter((piece) => piece.length >= 6);
}

describe('messages that documents quote', () => {
  for (const file of ['docs/troubleshooting.md', 'docs/registration.md', 'docs/setup-entra.md']) {
    it(`are those of the code, in ${file}`, () => {
      const quoted = quotations(readFileSync(join(root, file), 'utf8')).filter((piece) => !foreign.includes(piece));
      assert.ok(quoted.length > 0);
      const parts = quoted.flatMap((piece) => composed[piece] ?? [piece]);
      assert.deepEqual(
        parts.filter((part) => !code.includes(part)),
        [],
      );
    });
  }
});
