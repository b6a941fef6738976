import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Emulator } from '../../../dev/emulator';
import type { JobResult } from '../../../dev/job-runner';
import {
  agentsOf,
  assertSucceeded,
  exampleJob,
  type Run,
  runExample,
  type Surroundings,
  stageOf,
  withMachine,
} from '../../support/example';
import { presentAgent } from '../../support/present-agent';
import { sideBySide } from '../../support/side-by-side';

const group = { scope: 'deploymentGroup', place: 'Web-Servers', tags: 'web, blue' };
const environment = { scope: 'environment', place: 'production', tags: 'web' };

/** An agent, where it is registered, and with which example it is removed. */
const lifecycles = [
  { file: 'register-linux.yml', system: 'Linux/x86_64', pool: 'Default', parameters: {}, removal: 'remove-linux.yml' },
  { file: 'register-macos.yml', system: 'Darwin/arm64', pool: 'Default', parameters: {}, removal: 'remove-macos.yml' },
  {
    file: 'register-linux.yml',
    system: 'Linux/x86_64',
    pool: 'Fabrikam-Web-Servers',
    parameters: group,
    removal: 'remove-linux.yml',
  },
  {
    file: 'register-linux.yml',
    system: 'Linux/x86_64',
    pool: 'Fabrikam-production',
    parameters: environment,
    removal: 'remove-linux.yml',
  },
];

type Lifecycle = (typeof lifecycles)[number];

const folderOf = ({ machine }: Surroundings) => join(machine.folder, 'agents', 'one');

async function registers(surroundings: Surroundings, { file, system, pool, parameters }: Lifecycle): Promise<void> {
  const { emulator, machine } = surroundings;
  const folder = folderOf(surroundings);
  const run: Run = { parameters: { ...parameters, folder, agent: 'one' } };
  const job = await runExample(file, surroundings, run);
  assertSucceeded(job);
  assert.deepEqual(job.outputs.register, { registeredAgents: 'one', since: 'token' });
  assert.deepEqual(agentsOf(emulator, pool), ['one online']);
  const tags = 'tags' in parameters ? parameters.tags.split(', ').sort() : undefined;
  assert.deepEqual(taggedAgents(emulator), tags ? [['one', tags]] : []);
  assert.equal(/^sudo /m.test(machine.record()), system.startsWith('Linux'));
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  const kept = files.map(({ name }) => readFileSync(join(folder, name), 'utf8')).join();
  assert.match(kept, /"scheme": "OAuth"/);
  for (const { token } of emulator.state.pats) assert.ok(!kept.includes(token));
}

/** Registers the agent that is registered, in a pool, once more. */
async function changesNothing(surroundings: Surroundings, { file, pool }: Lifecycle): Promise<void> {
  const { emulator, machine } = surroundings;
  const folder = folderOf(surroundings);
  const calls = machine.record();
  const again = await runExample(file, surroundings, { parameters: { folder, agent: 'one' } });
  assertSucceeded(again);
  assert.deepEqual(again.outputs.register, { registeredAgents: '', since: 'any' });
  const later = machine.record().slice(calls.length);
  assert.doesNotMatch(later, /^(config\.sh|svc\.sh|(sudo )?systemctl (start|stop))/m);

  // The environment of the job is no capability, and its PATH not that of the agent.
  const [agent] = emulator.state.pool(pool).agents;
  const names = Object.keys(agent?.systemCapabilities ?? {});
  assert.ok(names.includes('Agent.Name'));
  assert.deepEqual(
    names.filter((name) => /^(BUILD|SYSTEM|AGENT)_|^TF_/.test(name)),
    [],
  );
  assert.ok(!readFileSync(join(folder, '.path'), 'utf8').includes(machine.folder));
}

async function removes(surroundings: Surroundings, { pool, parameters, removal }: Lifecycle): Promise<JobResult> {
  const { emulator, machine } = surroundings;
  const folder = folderOf(surroundings);
  const { scope = 'agentPool' } = parameters as { scope?: string };
  const job = await runExample(removal, surroundings, { parameters: { scope, folder, agent: 'one' } });
  assertSucceeded(job);
  assert.deepEqual(agentsOf(emulator, pool), []);
  assert.ok(!existsSync(folder));
  assert.deepEqual(leftInTemp(machine.folder), []);
  return job;
}

sideBySide('examples that register', 3, (test) => {
  const [inPool, ...others] = lifecycles;
  assert.ok(inPool);
  test('register-linux.yml: nothing changes the second time, no more than when remove-linux.yml finds no agent', () =>
    withMachine(async (surroundings) => {
      const { log } = await removes(surroundings, inPool);
      assert.ok(log.some((line) => line.startsWith('There is no agent in')));
      await registers(surroundings, inPool);
      await changesNothing(surroundings, inPool);
      await removes(surroundings, inPool);
    }));

  for (const lifecycle of others) {
    test(`${lifecycle.file} in ${lifecycle.pool}: online as a service; ${lifecycle.removal} removes it`, () =>
      withMachine(async (surroundings) => {
        surroundings.machine.become(lifecycle.system);
        await registers(surroundings, lifecycle);
        await removes(surroundings, lifecycle);
      }));
  }

  test('any example that passed its token in another variable would be caught', () =>
    withMachine(async (surroundings) => {
      const { steps } = exampleJob('register-one.yml');
      const leaking = steps.map((step) =>
        step.script ? { ...step, env: { ...step.env, AZP_TOKEN: '$(AGENT_POOL_TOKEN)' } } : step,
      );
      const folder = join(surroundings.machine.folder, 'one');
      surroundings.machine.unpack(folder);
      const run = { pipeline: { steps: leaking }, variables: { AGENT_FOLDER: folder } };
      await assert.rejects(runExample('register-one.yml', surroundings, run), /what an agent said of itself/);
    }));

  test('federated.yml: registers with an Entra token', () =>
    withMachine(async (surroundings) => {
      const parameters = { folder: folderOf(surroundings) };
      assertSucceeded(await runExample('federated.yml', surroundings, { parameters }));
      assert.deepEqual(agentsOf(surroundings.emulator, 'Default'), ['build-linux-01 online']);
    }));

  test('register-fleet.yml: one agent for each machine of the matrix, run after run, and a second one in a folder of its own', () =>
    withMachine(async (surroundings) => {
      const { strategy } = exampleJob('register-fleet.yml');
      const [first = {}, ...others] = Object.values(strategy?.matrix ?? {});
      const { folder } = surroundings.machine;
      const second = { ...first, NEW_AGENT: 'fleet-01-b', AGENT_FOLDER: join(folder, 'agents', 'b') };
      for (const variables of [first, first, ...others, second]) {
        assertSucceeded(await runExample('register-fleet.yml', surroundings, { variables }));
      }
      const names = ['fleet-01 online', 'fleet-01-b online', 'fleet-02 online'];
      assert.deepEqual(agentsOf(surroundings.emulator, 'Default').sort(), names);
      assert.deepEqual(readdirSync(join(folder, 'homes')).sort(), [
        'azureuser@vm-01.internal.example',
        'azureuser@vm-02.internal.example',
      ]);
      assert.deepEqual(leftInTemp(folder), []);
    }));

  test('container-agent.yml: the next run puts a fresh container in place; one that fails leaves the earlier one', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      const containers = () =>
        readdirSync(join(machine.folder, 'containers')).filter((name) => !name.endsWith('.label'));
      assertSucceeded(await runExample('container-agent.yml', surroundings));
      const [first] = containers();
      for (let time = 0; time < 3; time++) emulator.plan({ operation: 'agents.replace', answer: { status: 403 } });
      assert.equal((await runExample('container-agent.yml', surroundings)).result, 'Failed');
      assert.deepEqual(containers(), [first]);
      emulator.recover();
      assertSucceeded(await runExample('container-agent.yml', surroundings));
      assert.equal(containers().length, 1);
      assert.notEqual(containers()[0], first);
      assert.deepEqual(agentsOf(emulator, 'Default'), ['container-01 online']);
      assert.match(machine.record(), /^docker exec --env VSTS_AGENT_INPUT_TOKEN /m);
    }));

  test('one-job-agent.yml: an agent that takes one job when its token is revoked, and is removed, also if the job fails', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      const aliveAtAdd: number[] = [];
      const aliveAtRemoval: number[] = [];
      emulator.onRequest = ({ operation }, phase) => {
        if (phase !== 'arrived') return;
        if (operation === 'agents.add') aliveAtAdd.push(emulator.activeTokens().length);
        if (operation === 'agents.delete') aliveAtRemoval.push(emulator.activeTokens().length);
      };
      assertSucceeded(await runExample('one-job-agent.yml', surroundings));
      machine.failRun();
      const failed = await runExample('one-job-agent.yml', surroundings);
      assert.equal(stageOf(failed, 'Take one job').result, 'Failed');
      assert.equal(stageOf(failed, 'Remove the agent').result, 'Succeeded');
      assert.equal(emulator.state.pats.length, 4);
      assert.deepEqual([aliveAtAdd, aliveAtRemoval].flat(), [1, 1, 1, 1]);
      assert.equal(machine.record().match(/^run\.sh --once$/gm)?.length, 2);
      assert.deepEqual(agentsOf(emulator, 'Default'), []);
    }));

  test('revoke-early.yml: no token is alive as soon as all agents are online, while the job goes on', () =>
    withMachine(async (surroundings) => {
      assertSucceeded(await runExample('revoke-early.yml', surroundings));
      const job = await runExample('revoke-early.yml', surroundings);
      assertSucceeded(job);
      assert.deepEqual(agentsOf(surroundings.emulator, 'Default'), ['vm-01 online', 'vm-02 online']);
      assert.ok(stageOf(job, 'Revoke the token').log.join('\n').includes('revoked'));
      assert.deepEqual(stageOf(job, 'Post-job: Mint a token').issues, []);
    }));

  test('remove-lost-agents.yml: shows first, then removes those that are named and offline for long', () =>
    withMachine(async (surroundings) => {
      const { emulator } = surroundings;
      const { agents } = emulator.state.pool('Default');
      agents.push(presentAgent(emulator, 'fleet-01', 'offline'), presentAgent(emulator, 'one-job-7', 'offline'));
      for (const agent of agents) agent.statusChangedOn -= 2 * 3_600_000;
      const before = agentsOf(emulator, 'Default');
      const shown = await runExample('remove-lost-agents.yml', surroundings);
      assertSucceeded(shown);
      assert.ok(shown.log.includes('fleet-01 would be removed.'));
      assert.deepEqual(agentsOf(emulator, 'Default'), before);
      const removed = await runExample('remove-lost-agents.yml', surroundings, { parameters: { dryRun: 'false' } });
      assertSucceeded(removed);
      assert.ok(removed.log.includes('one-job-7 is removed.'));
      assert.deepEqual(agentsOf(emulator, 'Default'), []);
    }));
});

/** The machines that deployment groups and environments have, with their tags. */
function taggedAgents({ state }: Emulator): [string, string[]][] {
  const { deploymentGroups, environments } = state.project;
  const machines = [
    ...deploymentGroups.flatMap(({ targets }) => targets),
    ...environments.flatMap((one) => one.virtualMachines),
  ];
  return machines.map(({ agent, tags }) => [agent.name, [...tags].sort()]);
}

/** What the scripts left where they downloaded. */
function leftInTemp(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('tmp.'));
}
