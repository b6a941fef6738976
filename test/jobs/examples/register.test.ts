import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Emulator } from '../../../dev/emulator';
import { agentsOf, assertSucceeded, exampleJob, runExample, stageOf, withMachine } from '../../support/example';
import { presentAgent } from '../../support/present-agent';
import { sideBySide } from '../../support/side-by-side';

const onThisMachine = [
  { file: 'register-linux.yml', agent: 'build-linux-01', pool: 'Default', sudo: true, runs: 2 },
  { file: 'register-macos.yml', agent: 'build-mac-01', pool: 'Default', sudo: false, runs: 2 },
  { file: 'federated.yml', agent: 'build-linux-01', pool: 'Default', sudo: true, runs: 1 },
  {
    file: 'deployment-group.yml',
    agent: 'web-01',
    pool: 'Fabrikam-Web-Servers',
    sudo: true,
    runs: 2,
    tags: ['web', 'blue'],
  },
  { file: 'environment-vm.yml', agent: 'web-01', pool: 'Fabrikam-production', sudo: true, runs: 2, tags: ['web'] },
];

/** What takes another scope than an agent pool. */
const elsewhere = [
  { file: 'deployment-group.yml', step: 'Register the target', others: ['agentPool', 'environment'] },
  { file: 'environment-vm.yml', step: 'Register the virtual machine', others: ['agentPool', 'deploymentGroup'] },
];

sideBySide('examples that register', 4, (test) => {
  for (const { file, agent, pool, sudo, runs, tags } of onThisMachine) {
    test(`${file}: an agent that is online as a service, run after run, and nothing else is left${file === 'register-linux.yml' ? '; remove-agent.yml removes it, and finds nothing the second time' : ''}`, () =>
      withMachine(async (surroundings) => {
        const { emulator, machine } = surroundings;
        const folder = join(machine.folder, 'agents', agent);
        const run = () => runExample(file, surroundings, { variables: { AGENT_FOLDER: folder } });
        for (let count = 0; count < runs; count++) assertSucceeded(await run());
        assert.deepEqual(agentsOf(emulator, pool), [`${agent} online`]);
        assert.deepEqual(taggedAgents(emulator), tags ? [[agent, tags]] : []);
        assert.ok(existsSync(join(folder, '.service')));
        const calls = machine.record().split('\n');
        const services = calls.filter((call) => /^(sudo )?(\.\/)?svc\.sh /.test(call));
        assert.equal(services.filter((call) => call.endsWith(' start') && call.startsWith('svc')).length, runs);
        assert.equal(
          services.some((call) => call.startsWith('sudo')),
          sudo,
        );
        assert.deepEqual(leftInTemp(machine.folder), []);
        const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
        const kept = files.map(({ name }) => readFileSync(join(folder, name), 'utf8')).join();
        assert.match(kept, /"scheme": "OAuth"/);
        for (const { token } of emulator.state.pats) assert.ok(!kept.includes(token));
        if (file !== 'register-linux.yml') return;
        for (let count = 0; count < 2; count++) {
          assertSucceeded(await runExample('remove-agent.yml', surroundings, { variables: { AGENT_FOLDER: folder } }));
        }
        assert.deepEqual(agentsOf(emulator, pool), []);
        assert.ok(!existsSync(folder));
      }));
  }

  for (const { file, step, others } of elsewhere) {
    test(`${file}: is refused with a token of another scope`, () =>
      withMachine(async (surroundings) => {
        const { emulator, machine } = surroundings;
        const variables = { AGENT_FOLDER: join(machine.folder, 'agents', 'web-01') };
        for (const scope of others) {
          const refused = await runExample(file, surroundings, { variables, minting: { scope } });
          assert.equal(stageOf(refused, step).result, 'Failed');
          assert.ok(refused.log.some((line) => line.includes('TF400813')));
        }
        assert.deepEqual(taggedAgents(emulator), []);
      }));
  }

  test('register-linux.yml: installs nothing that is not what was published', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      machine.tamper();
      const folder = join(machine.folder, 'agents', 'one');
      const job = await runExample('register-linux.yml', surroundings, { variables: { AGENT_FOLDER: folder } });
      assert.equal(job.result, 'Failed');
      assert.equal(stageOf(job, 'Register the agent').result, 'Failed');
      assert.ok(job.log.some((line) => /agent\.tar\.gz: FAILED$/.test(line)));
      assert.ok(!existsSync(folder));
      assert.deepEqual(agentsOf(emulator, 'Default'), []);
    }));

  test('register-linux.yml: stops where the organization offers no package', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      emulator.plan({ operation: 'packages.list', answer: { status: 200, body: '{"count":0,"value":[]}' } });
      const job = await runExample('register-linux.yml', surroundings, {
        variables: { AGENT_FOLDER: join(machine.folder, 'one') },
      });
      assert.equal(job.result, 'Failed');
      assert.deepEqual(agentsOf(emulator, 'Default'), []);
    }));

  test('any example that passed its token in another variable would be caught', () =>
    withMachine(async (surroundings) => {
      const example = exampleJob('register-linux.yml');
      const steps = example.steps.map((step) =>
        step.script ? { ...step, env: { ...step.env, AZP_TOKEN: '$(AGENT_POOL_TOKEN)' } } : step,
      );
      const run = runExample('register-linux.yml', surroundings, {
        pipeline: { ...example, steps },
        variables: { AGENT_FOLDER: join(surroundings.machine.folder, 'one') },
      });
      await assert.rejects(run, /what an agent told of itself/);
    }));

  test('register-fleet.yml: one agent for each machine of the matrix, run after run', () =>
    withMachine(async (surroundings) => {
      const { strategy } = exampleJob('register-fleet.yml');
      const [first = {}, ...others] = Object.values(strategy?.matrix ?? {});
      for (const variables of [first, first, ...others]) {
        assertSucceeded(await runExample('register-fleet.yml', surroundings, { variables }));
      }
      assert.deepEqual(agentsOf(surroundings.emulator, 'Default'), ['fleet-01 online', 'fleet-02 online']);
      const { folder } = surroundings.machine;
      assert.deepEqual(readdirSync(join(folder, 'homes')).sort(), [
        'azureuser@vm-01.internal.example',
        'azureuser@vm-02.internal.example',
      ]);
      const [capabilities] = surroundings.emulator.state
        .pool('Default')
        .agents.map((agent) => agent.systemCapabilities);
      assert.ok(!Object.keys(capabilities ?? {}).some((name) => name.startsWith('BUILD_')));
    }));

  test('register-fleet.yml: installs nothing on another machine that is not what was published', () =>
    withMachine(async (surroundings) => {
      surroundings.machine.tamper();
      const variables = Object.values(exampleJob('register-fleet.yml').strategy?.matrix ?? {})[0] ?? {};
      const job = await runExample('register-fleet.yml', surroundings, { variables });
      assert.equal(stageOf(job, 'Register the agent').result, 'Failed');
      assert.deepEqual(agentsOf(surroundings.emulator, 'Default'), []);
      const home = join(surroundings.machine.folder, 'homes', 'azureuser@vm-01.internal.example');
      assert.deepEqual(readdirSync(home), []);
    }));

  test('container-agent.yml: an agent in a container, replaced by the next run', () =>
    withMachine(async (surroundings) => {
      for (let run = 0; run < 2; run++) assertSucceeded(await runExample('container-agent.yml', surroundings));
      assert.deepEqual(agentsOf(surroundings.emulator, 'Default'), ['container-01 online']);
      assert.match(surroundings.machine.record(), /^docker exec --env VSTS_AGENT_INPUT_TOKEN container-01 /m);
    }));

  test('one-job-agent.yml: an agent that takes one job when its token is revoked, and is removed', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      const aliveAtAdd: number[] = [];
      const aliveAtRemoval: number[] = [];
      emulator.onRequest = ({ operation }, phase) => {
        if (phase !== 'arrived') return;
        if (operation === 'agents.add') aliveAtAdd.push(emulator.activeTokens().length);
        if (operation === 'agents.delete') aliveAtRemoval.push(emulator.activeTokens().length);
      };
      for (let run = 0; run < 2; run++) assertSucceeded(await runExample('one-job-agent.yml', surroundings));
      assert.equal(emulator.state.pats.length, 4);
      assert.deepEqual([aliveAtAdd, aliveAtRemoval].flat(), [1, 1, 1, 1]);
      assert.equal(machine.record().match(/^run\.sh --once$/gm)?.length, 2);
      assert.deepEqual(agentsOf(emulator, 'Default'), []);
    }));

  test('remove-lost-agents.yml: removes those that are offline, by name, and no others', () =>
    withMachine(async (surroundings) => {
      const { emulator } = surroundings;
      const { agents } = emulator.state.pool('Default');
      agents.push(presentAgent(emulator, 'fleet-01', 'offline'), presentAgent(emulator, 'fleet-02'));
      agents.push(presentAgent(emulator, 'fleet-03', 'offline'));
      for (const text of ['fleet-01 is removed.', 'fleet-01 is not registered, or is online: nothing to do.']) {
        const job = await runExample('remove-lost-agents.yml', surroundings);
        assertSucceeded(job);
        assert.ok(job.log.includes(text));
        assert.ok(job.log.includes('fleet-02 is not registered, or is online: nothing to do.'));
        assert.deepEqual(agentsOf(emulator, 'Default'), ['fleet-02 online', 'fleet-03 offline']);
      }
    }));

  test('revoke-early.yml: no token is alive as soon as all agents are online, while the job goes on', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      for (const host of ['vm-01', 'vm-02']) {
        machine.unpack(join(machine.folder, 'homes', `azureuser@${host}.internal.example`, 'azure-agent'));
      }
      assertSucceeded(await runExample('revoke-early.yml', surroundings));
      const job = await runExample('revoke-early.yml', surroundings);
      assertSucceeded(job);
      assert.deepEqual(agentsOf(emulator, 'Default'), ['vm-01 online', 'vm-02 online']);
      assert.ok(stageOf(job, 'Revoke the token').log.join('\n').includes('revoked'));
      assert.deepEqual(stageOf(job, 'Post-job: Mint a token').issues, []);
    }));
});

/** The machines that deployment groups and environments have, with their tags. */
function taggedAgents({ state }: Emulator): [string, string[]][] {
  const { deploymentGroups, environments } = state.project;
  const machines = [
    ...deploymentGroups.flatMap(({ targets }) => targets),
    ...environments.flatMap((one) => one.virtualMachines),
  ];
  return machines.map(({ agent, tags }) => [agent.name, tags]);
}

/** What the scripts left where they downloaded. */
function leftInTemp(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('tmp.'));
}
