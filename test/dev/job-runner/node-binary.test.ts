import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JobRefused } from '../../../dev/job-runner';
import { removeFolders, runSteps, temporaryFolder, writeExtension } from './extension';

/** A program that says that it is this version, and is the Node of this test otherwise. */
function nodeThatSays(version: string): string {
  const file = join(temporaryFolder(), 'node');
  writeFileSync(
    file,
    `#!/bin/sh\n[ "$1" = --version ] && { echo '${version}'; exit; }\nexec '${process.execPath}' "$@"\n`,
  );
  chmodSync(file, 0o755);
  return file;
}

async function warnings(node: string): Promise<string[]> {
  const script = "console.log('ran')";
  const folder = writeExtension({ name: 'T', main: script, post: script });
  const { result, stages, rawLines } = await runSteps(folder, [{ task: 'T@1' }], { node });
  assert.deepEqual([result, rawLines], ['Succeeded', ['ran', 'ran']]);
  return stages.flatMap(({ issues }) => issues.map(({ message }) => message));
}

describe('the Node of an agent', () => {
  after(removeFolders);

  it('is 16 where the C library is too old for 20, which the agent says in every stage', async () => {
    const said = await warnings(nodeThatSays('v16.20.2'));
    assert.equal(said.length, 2);
    assert.match(said[0] ?? '', /^The agent operating system doesn't support Node20\. Using Node16 instead\./);
  });

  it('is nothing to speak of where it is the one of the handler', async () => {
    assert.deepEqual(await warnings(nodeThatSays('v24.18.1')), []);
  });

  it('is refused where it is none', async () => {
    for (const node of [nodeThatSays('GNU bash'), '/nowhere/node']) {
      await assert.rejects(warnings(node), (error) => error instanceof JobRefused && error.message.startsWith(node));
    }
  });
});
