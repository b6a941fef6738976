import assert from 'node:assert/strict';
import type { Surroundings } from './example';
import type { ScriptResult } from './machine/run-script';

const odd = ' gpu = yes, & "two"\r\n\n\tpath=C:\\tools %PATH% $x\n*\nKäse=a=b\n';
const expected = { gpu: 'yes, & "two"', path: 'C:\\tools %PATH% $x', '*': '', Käse: 'a=b' };

/** Registers the agent `one` in the pool Default, unless the variables say otherwise. */
type Register = (variables: Record<string, string>) => Promise<ScriptResult>;

/** Checks that a script sets user capabilities when it registers an agent, and later without a restart. */
export async function checkCapabilities({ emulator, machine }: Surroundings, register: Register): Promise<void> {
  const given = () => emulator.state.pool('Default').agents.map(({ userCapabilities }) => userCapabilities);
  const first = await register({ USER_CAPABILITIES: odd });
  assert.equal(first.code, 0, first.output);
  assert.deepEqual(given(), [expected]);
  const before = machine.record().length;
  const again = await register({ USER_CAPABILITIES: 'gpu=no' });
  assert.match(again.output, /nothing was changed/);
  assert.deepEqual(given(), [{ gpu: 'no' }]);
  const nothing = await register({ USER_CAPABILITIES: ' \n ' });
  assert.equal(nothing.code, 0, nothing.output);
  assert.deepEqual(given(), [{ gpu: 'no' }]);
  assert.doesNotMatch(machine.record().slice(before), /^(sudo )?(config|svc|systemctl (start|stop)|sc\.exe)/m);
}

/** Checks that a script refuses what does not belong together, and control characters, before it asks the organization. */
export async function checkRefusals({ emulator }: Surroundings, register: Register): Promise<void> {
  const group = { SCOPE: 'deploymentGroup', PLACE: 'Web-Servers', PROJECT: emulator.state.project.name };
  const cases: [Record<string, string>, RegExp][] = [
    [{ ...group, USER_CAPABILITIES: 'gpu' }, /USER_CAPABILITIES are for an agent of a pool/],
    [{ AGENT_TAGS: 'web' }, /has no AGENT_TAGS/],
    [{ NEW_AGENT: 'a\r##vso[task.complete]' }, /control character/],
  ];
  for (const [variables, saying] of cases) {
    const { code, output } = await register(variables);
    assert.notEqual(code, 0);
    assert.match(output.replace(/\s+\|?\s*/g, ' '), saying);
  }
  assert.deepEqual(emulator.requests, []);
}
