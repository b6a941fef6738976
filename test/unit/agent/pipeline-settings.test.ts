import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { forgedNames } from '../../../src/agent/pipeline-settings';

const tasks = join(__dirname, '..', '..', '..', 'tasks');

function inputsOf(task: string): string[] {
  const manifest = JSON.parse(readFileSync(join(tasks, task, `${task}V1`, 'task.json'), 'utf8'));
  return manifest.inputs.map(({ name }: { name: string }) => name);
}

describe('variables that stand for what the agent gives a step', () => {
  for (const task of readdirSync(tasks)) {
    it(`are those named like an input of ${task}, in any case and with any separator`, () => {
      for (const input of inputsOf(task)) {
        for (const name of [`INPUT_${input.toUpperCase()}`, `Input.${input}`, `input ${input}`]) {
          assert.deepEqual(forgedNames([name]), [name]);
        }
      }
    });
  }

  for (const name of [
    'ENDPOINT_URL_SYSTEMVSSCONNECTION',
    'endpoint.auth.x',
    'Endpoint Data x',
    'SECRET_AGENT_PROXYPASSWORD',
    'SECUREFILE_TICKET_X',
    'VSTS_TASKVARIABLE_AGENTPOOLTOKENLEASE',
  ]) {
    it(`are those like ${name}`, () => assert.deepEqual(forgedNames([name]), [name]));
  }

  it('are no others that only begin alike', () => {
    const own = ['INPUT_DIR', 'ENDPOINT', 'Endpoint.Address', 'SECRET_KEY', 'secretName', 'SECUREFILES', 'INPUT_POOLS'];
    assert.deepEqual(forgedNames(own), []);
  });
});
