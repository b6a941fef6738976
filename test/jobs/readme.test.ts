import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentsOf, assertSucceeded, exampleText, runExample, withMachine } from '../support/example';

describe('the first YAML of the README', () => {
  it('is an example, word for word', () => {
    const [, yaml] =
      /```yaml\n([\s\S]*?)```/.exec(readFileSync(join(__dirname, '..', '..', 'README.md'), 'utf8')) ?? [];
    assert.equal(yaml, exampleText('register-one.yml'));
  });

  it('registers an agent', () =>
    withMachine(async (surroundings) => {
      const folder = join(surroundings.machine.folder, 'agent');
      surroundings.machine.unpack(folder);
      const job = await runExample('register-one.yml', surroundings, { variables: { AGENT_FOLDER: folder } });
      assertSucceeded(job);
      assert.deepEqual(agentsOf(surroundings.emulator, 'Default'), ['build-02 online']);
    })).timeout(300_000);
});
