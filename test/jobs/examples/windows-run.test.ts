import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentsOf, type Surroundings, withMachine } from '../../support/example';
import { checkCapabilities, checkRefusals } from '../../support/given-capabilities';
import { runScript, type ScriptResult } from '../../support/machine/run-script';
import { snapshot } from '../../support/machine/snapshot';
import { powerShell } from '../../support/strangers';

const there = powerShell() !== undefined;
const folderOf = ({ machine }: Surroundings) => join(machine.folder, 'agents', 'one');

function run(surroundings: Surroundings, word: string, variables: Record<string, string> = {}, scope?: string) {
  surroundings.machine.become('Windows/AMD64');
  const usual = {
    NEW_AGENT: 'one',
    PLACE: 'Default',
    PROCESSOR_ARCHITECTURE: 'AMD64',
    AGENT_FOLDER: folderOf(surroundings),
  };
  const more = scope === undefined ? {} : { scope };
  return runScript(['agent.ps1', word], surroundings, { variables: { ...usual, ...variables }, ...more });
}

async function succeeds(running: Promise<ScriptResult>): Promise<string> {
  const { code, output } = await running;
  assert.equal(code, 0, output);
  return output;
}

async function fails(running: Promise<ScriptResult>, saying: RegExp): Promise<void> {
  const { code, output } = await running;
  assert.notEqual(code, 0, output);
  assert.match(output.replace(/\s+\|?\s*/g, ' '), saying);
}

const services = ({ machine }: Surroundings) => readdirSync(join(machine.folder, 'services'));

describe('agent.ps1, in PowerShell 7 with stand-ins for config.cmd and for services', function () {
  this.timeout(300_000);
  before(function () {
    if (there) return;
    console.log('There is no PowerShell on this machine: agent.ps1 is not run, only its text is checked.');
    this.skip();
  });

  it('registers under odd names, changes nothing the second time, heals a lost service, and removes', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      const name = 'it\'s 100% & "%PATH%" $x Käse';
      emulator.state.pool('Default').name = 'a & b %PATH%';
      const variables = { NEW_AGENT: name, PLACE: 'a & b %PATH%', AGENT_PROXYPASSWORD: '$(Agent.ProxyPassword)' };
      await succeeds(run(surroundings, 'register', variables));
      const [agent] = emulator.state.pool('a & b %PATH%').agents;
      assert.deepEqual([agent?.name, agent?.status], [name, 'online']);
      assert.deepEqual(
        Object.keys(agent?.systemCapabilities ?? {}).filter((one) => /^(PLACE|NEW_AGENT|AGENT_)/.test(one)),
        [],
      );
      const before = machine.record().length;
      assert.match(await succeeds(run(surroundings, 'register', variables)), /nothing was changed/);
      assert.doesNotMatch(machine.record().slice(before), /config\.cmd|sc\.exe/);

      rmSync(join(machine.folder, 'services'), { recursive: true });
      await succeeds(run(surroundings, 'register', variables));
      assert.equal(services(surroundings).length, 1);
      rmSync(join(folderOf(surroundings), '.service'));
      await succeeds(run(surroundings, 'register', variables));
      assert.equal(services(surroundings).length, 1);

      writeFileSync(join(folderOf(surroundings), 'notes.txt'), 'mine');
      const output = await succeeds(run(surroundings, 'remove', variables));
      assert.match(output, /no agent made it: notes\.txt/);
      assert.deepEqual([services(surroundings), agentsOf(emulator, 'a & b %PATH%')], [[], []]);
    }));

  it('registers a machine of an environment, changes nothing the second time, heals a lost service, and removes', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      const { project } = emulator.state;
      const variables = { SCOPE: 'environment', PLACE: 'production', PROJECT: project.name, AGENT_TAGS: 'web, blue' };
      const again = () => succeeds(run(surroundings, 'register', variables, 'vso.environment_manage'));
      const tagsOfMachines = () => project.environments.flatMap((one) => one.virtualMachines.map(({ tags }) => tags));
      await again();
      assert.deepEqual(agentsOf(emulator, 'Fabrikam-production'), ['one online']);
      assert.deepEqual(tagsOfMachines(), [['blue', 'web']]);
      const before = machine.record().length;
      assert.match(await again(), /nothing was changed/);
      assert.doesNotMatch(machine.record().slice(before), /config\.cmd|sc\.exe/);

      rmSync(join(machine.folder, 'services'), { recursive: true });
      await again();
      assert.deepEqual([services(surroundings).length, tagsOfMachines().length], [1, 1]);
      await succeeds(run(surroundings, 'remove', variables, 'vso.environment_manage'));
      assert.deepEqual(
        [services(surroundings), agentsOf(emulator, 'Fabrikam-production'), tagsOfMachines()],
        [[], [], []],
      );
    }));

  it('sets capabilities when it registers, and later without a restart', () =>
    withMachine((surroundings) => checkCapabilities(surroundings, (given) => run(surroundings, 'register', given))));

  it('refuses capabilities and tags where they do not belong, and control characters, before it asks', () =>
    withMachine((surroundings) => checkRefusals(surroundings, (given) => run(surroundings, 'register', given))));

  it('touches no agent that the token may not remove, and no folder without an agent', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      const { project } = emulator.state;
      const group = { SCOPE: 'deploymentGroup', PLACE: 'Web-Servers', PROJECT: project.name, AGENT_TAGS: 'web' };
      await succeeds(run(surroundings, 'register', group, 'vso.machinegroup_manage'));
      const environment = { SCOPE: 'environment', PLACE: 'production', PROJECT: project.name };
      const refused = run(surroundings, 'register', environment, 'vso.environment_manage');
      await fails(refused, /goes on as before|HTTP 40|refused/);
      assert.equal(services(surroundings).length, 1);
      assert.ok(existsSync(join(folderOf(surroundings), '.service')));
      assert.deepEqual(agentsOf(emulator, 'Fabrikam-Web-Servers'), ['one online']);

      const parent = join(folderOf(surroundings), '..');
      await fails(run(surroundings, 'remove', { AGENT_FOLDER: parent }), /is not the folder of an agent/);
      await fails(run(surroundings, 'remove', { NEW_AGENT: 'two' }), /is one, not two/);
      mkdirSync(join(machine.folder, 'agents', 'other'));
      writeFileSync(join(machine.folder, 'agents', 'other', 'notes.txt'), 'mine');
      await fails(run(surroundings, 'register', { AGENT_FOLDER: join(parent, 'other') }), /is no agent/);
    }));

  it('is put right when it is run again after a machine died in config.cmd', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      const deaths = new Map<string, () => void>();
      const keepAt = (lines: string[]) => {
        machine.onAgentLine = (reached) => {
          const line = lines.find((one) => reached.startsWith(one));
          if (line) deaths.set(line, snapshot(surroundings));
        };
      };
      const registering = ['Successfully added', 'Settings saved', 'Service installed'];
      keepAt(registering);
      await succeeds(run(surroundings, 'register'));
      keepAt(['Succeeded: Removing']);
      await succeeds(run(surroundings, 'remove'));
      assert.deepEqual([...deaths.keys()], [...registering, 'Succeeded: Removing']);
      machine.onAgentLine = () => {};

      for (const line of registering) {
        deaths.get(line)?.();
        await succeeds(run(surroundings, 'register'));
        assert.deepEqual(agentsOf(emulator, 'Default'), ['one online'], line);
        assert.equal(services(surroundings).length, 1, line);
      }
      deaths.get('Succeeded: Removing')?.();
      await succeeds(run(surroundings, 'remove'));
      assert.deepEqual([services(surroundings), existsSync(folderOf(surroundings))], [[], false]);
    }));

  it('installs what the organization offers for the processor, and nothing else', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      emulator.plan({ operation: 'packages.list', answer: { status: 200, body: '{"count":0,"value":[]}' } });
      await fails(
        run(surroundings, 'register', { PROCESSOR_ARCHITECTURE: 'ARM64' }),
        /no package of the agent for win-arm64/,
      );
      await fails(run(surroundings, 'register', { PROCESSOR_ARCHITECTURE: 'IA64' }), /not made for Windows on IA64/);
      machine.tamper();
      await fails(run(surroundings, 'register'), /is not the one that the organization offers/);
      assert.ok(!existsSync(folderOf(surroundings)));
      assert.doesNotMatch(readFileSync(join(machine.folder, 'record'), 'utf8'), /config\.cmd/);
    }));
});
