import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type Surroundings, withMachine } from '../../support/example';
import { runScript } from '../../support/machine/run-script';
import { sideBySide } from '../../support/side-by-side';
import { powerShell } from '../../support/strangers';

const odd = ' gpu = yes, & "two"\r\n\n\tpath=C:\\tools %PATH% $x\n*\nKäse=a=b\n';
const expected = { gpu: 'yes, & "two"', path: 'C:\\tools %PATH% $x', '*': '', Käse: 'a=b' };

const systems = [
  { script: 'agent.sh', system: 'Linux/x86_64', there: true },
  { script: 'agent.ps1', system: 'Windows/AMD64', there: powerShell() !== undefined },
].filter(({ there }) => there);

function run(script: string, surroundings: Surroundings, variables: Record<string, string>, scope?: string) {
  const usual = {
    NEW_AGENT: 'one',
    PLACE: 'Default',
    AGENT_FOLDER: join(surroundings.machine.folder, 'agents', 'one'),
    PROCESSOR_ARCHITECTURE: 'AMD64',
  };
  const more = scope === undefined ? {} : { scope };
  return runScript([script, 'register'], surroundings, { variables: { ...usual, ...variables }, ...more });
}

sideBySide('capabilities and tags that are given to an agent', 2, (test) => {
  for (const { script, system } of systems) {
    test(`${script} sets capabilities when it registers, and later without a restart`, () =>
      withMachine(async (surroundings) => {
        const { emulator, machine } = surroundings;
        machine.become(system);
        const given = () => emulator.state.pool('Default').agents.map(({ userCapabilities }) => userCapabilities);
        const first = await run(script, surroundings, { USER_CAPABILITIES: odd });
        assert.equal(first.code, 0, first.output);
        assert.deepEqual(given(), [expected]);
        const before = machine.record().length;
        const again = await run(script, surroundings, { USER_CAPABILITIES: 'gpu=no' });
        assert.match(again.output, /nothing was changed/);
        assert.deepEqual(given(), [{ gpu: 'no' }]);
        const nothing = await run(script, surroundings, { USER_CAPABILITIES: ' \n ' });
        assert.equal(nothing.code, 0, nothing.output);
        assert.deepEqual(given(), [{ gpu: 'no' }]);
        assert.doesNotMatch(machine.record().slice(before), /^(sudo )?(config|svc|systemctl (start|stop)|sc\.exe)/m);
      }));

    test(`${script} refuses capabilities and tags where they do not belong, and control characters, before it asks`, () =>
      withMachine(async (surroundings) => {
        const { emulator, machine } = surroundings;
        machine.become(system);
        const group = { SCOPE: 'deploymentGroup', PLACE: 'Web-Servers', PROJECT: emulator.state.project.name };
        const cases: [Record<string, string>, RegExp][] = [
          [{ ...group, USER_CAPABILITIES: 'gpu' }, /USER_CAPABILITIES are for an agent of a pool/],
          [{ AGENT_TAGS: 'web' }, /has no AGENT_TAGS/],
          [{ NEW_AGENT: 'a\r##vso[task.complete]' }, /control character/],
        ];
        for (const [variables, saying] of cases) {
          const { code, output } = await run(script, surroundings, variables);
          assert.notEqual(code, 0);
          assert.match(output.replace(/\s+\|?\s*/g, ' '), saying);
        }
        assert.deepEqual(emulator.requests, []);
      }));
  }
});
