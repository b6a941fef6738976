import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import {
  agentsOf,
  assertSucceeded,
  examplePipeline,
  examplesFolder,
  runExample,
  type Step,
  type Surroundings,
  stageOf,
  withMachine,
} from '../../support/example';
import { kubernetesProblems } from '../../support/kubernetes-schema';
import { runScript } from '../../support/machine/run-script';
import { unpublishedWords } from '../../support/published-commands';
import { sideBySide } from '../../support/side-by-side';

const scripts = join(examplesFolder, 'scripts');
const console = `[   9.1] cloud-init[800]: -----BEGIN SSH HOST KEY FINGERPRINTS-----\r
ec2: 256 SHA256:aaaa root@vm (ED25519)\r
ec2: -----END SSH HOST KEY FINGERPRINTS-----\r
<14>Nov  7 10:00:00 ec2: -----BEGIN SSH HOST KEY KEYS-----\r
<14>Nov  7 10:00:00 ec2: ecdsa-sha2-nistp256 AAAAE2Vj+/q= root@vm\r
<14>Nov  7 10:00:00 ec2: ssh-ed25519 AAAAC3Nz root@vm\r
<14>Nov  7 10:00:00 ec2: -----END SSH HOST KEY KEYS-----\r
`;

const builder = { user: 'builder' };

/** The steps, with the scripts of AzureCLI as scripts. */
function asScripts(steps: readonly Step[]): object[] {
  return steps.map(({ task, inputs, ...step }) =>
    task === 'AzureCLI@2' ? { bash: inputs?.inlineScript, ...step } : { ...(task ? { task, inputs } : {}), ...step },
  );
}

function run(name: string, surroundings: Surroundings, parameters: Record<string, string> = {}) {
  const { jobs, steps, ...pipeline } = examplePipeline(name, parameters);
  const rest = jobs
    ? { jobs: jobs.map((job) => ({ ...job, steps: asScripts(job.steps) })) }
    : { steps: asScripts(steps ?? []) };
  return runExample(name, surroundings, { pipeline: JSON.parse(JSON.stringify({ ...pipeline, ...rest })) });
}

function assertPublished({ machine }: Surroundings, calls: number): void {
  const record = machine.record();
  assert.deepEqual(unpublishedWords(record), []);
  assert.ok((record.match(/^(az|aws|kubectl) /gm) ?? []).length >= calls, record);
}

sideBySide('machines of a cloud', 2, (test) => {
  test('azure-vm.yml: registers by a run command that alone has the token, and is deleted', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      const job = await run('azure-vm.yml', surroundings, builder);
      assertSucceeded(job);
      assert.deepEqual(agentsOf(emulator, 'Default'), ['build-vm-01 online']);
      assert.deepEqual(job.outputs.register, { registeredAgents: 'build-vm-01' });
      assert.equal(stageOf(job, 'Wait until it is online').result, 'Succeeded');
      assertPublished(surroundings, 5);
      const [{ token } = { token: '' }] = emulator.state.pats;
      const { properties } = JSON.parse(readFileSync(join(machine.folder, 'azure', 'build-vm-01.json'), 'utf8'));
      const { protectedParameters, ...open } = properties;
      assert.deepEqual(protectedParameters, [{ name: 'VSTS_AGENT_INPUT_TOKEN', value: token }]);
      assert.ok(!JSON.stringify(open).includes(token));
      assert.ok(!existsSync(join(machine.folder, 'azure', 'build-vm-01.view')));
      assert.equal(stageOf(job, 'Revoke the token').result, 'Succeeded');
    }));

  test('azure-scale-set.yml: registers the machines that are new, and leaves the others as they are', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      const job = await run('azure-scale-set.yml', surroundings, { ...builder, machines: '1' });
      assertSucceeded(job);
      assert.equal(stageOf(job, 'Wait until the new ones are online').result, 'Succeeded');
      assert.deepEqual(agentsOf(emulator, 'Default'), ['build-scale-set-1 online']);
      assertPublished(surroundings, 6);
      const group =
        '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/build-scale-set';
      const ids = [1, 2].map((instance) => `${group}/virtualMachines/${instance}`);
      const variables = { PLACE: 'Default', AGENT_USER: 'builder', TF_BUILD: 'True' };
      const grown = await runScript(['azure-run-command.sh', ...ids], surroundings, { variables });
      assert.match(
        grown.output,
        /^build-scale-set-1: build-scale-set-1 is registered already, and nothing was changed\.$/m,
      );
      assert.match(grown.output, /variable=registeredAgents;isOutput=true\]build-scale-set-2$/m);
      assert.equal(machine.record().match(/^config\.sh /gm)?.length, 2);
    }));

  test('azure-run-command.sh: a machine that fails says why, and gives no commands to the job', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      emulator.plan({ operation: 'packages.list', answer: { status: 500, body: '{"message":"##vso[task.x]no"}' } });
      for (let time = 0; time < 4; time++) {
        emulator.plan({ operation: 'packages.list', answer: { status: 400, body: '{"message":"##vso[task.x]no"}' } });
      }
      const variables = { PLACE: 'Default', AGENT_USER: 'builder' };
      const id = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm-1';
      const failed = await runScript(['azure-run-command.sh', id], surroundings, { variables });
      assert.notEqual(failed.code, 0);
      assert.match(failed.output, /^vm-1: The organization answered HTTP 400 .*#vso\[task\.x\]no$/m);
      assert.match(failed.output, /vm-1: the run command ended as Failed/);
      assert.doesNotMatch(failed.output, /##/);
      assert.ok(!existsSync(join(machine.folder, 'azure', 'vm-1.view')));
      for (const [words, saying] of [
        [['azure-run-command.sh'], /There is no machine/],
        [['azure-run-command.sh', 'vm-1'], /not the id of a machine/],
      ] as const) {
        const refused = await runScript(words, surroundings, { variables });
        assert.notEqual(refused.code, 0);
        assert.match(refused.output, saying);
      }
    }));

  test('cloud-init.yml: starts a machine without a secret, knows it by its console, and registers through ssh', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      writeFileSync(join(machine.folder, 'console'), console);
      assertSucceeded(await run('cloud-init.yml', surroundings));
      assert.deepEqual(agentsOf(emulator, 'Default'), ['build-cloud-01 online']);
      assertPublished(surroundings, 3);
      const data = parse(readFileSync(join(machine.folder, 'user-data.yaml'), 'utf8'));
      assert.deepEqual(data.ssh_authorized_keys, ['ssh-ed25519 AAAAC3Nz+the/public+half']);
      assert.ok(machine.record().indexOf('aws ec2 get-console-output') < machine.record().indexOf('config.sh'));
      assert.deepEqual(readdirSync(join(machine.folder, 'homes')), ['ubuntu@10.0.0.7']);
    }));

  test('kubernetes-burst.yml: no container with a job has the Secret, which is gone before the first job; nothing stays', () =>
    withMachine(async (surroundings) => {
      const { emulator, machine } = surroundings;
      const manifest = parse(readFileSync(join(scripts, 'kubernetes-agents.yaml'), 'utf8'));
      writeFileSync(join(machine.folder, 'manifest.json'), JSON.stringify(manifest));
      const registered: unknown[] = [];
      emulator.onRequest = ({ operation, body }, phase) => {
        if (phase === 'arrived' && operation === 'agents.setCapabilities') registered.push(JSON.parse(body ?? ''));
      };
      const job = await run('kubernetes-burst.yml', surroundings, { agents: '2' });
      assertSucceeded(job);
      const burst = /burst-\d+-1/.exec(machine.record())?.[0];
      assert.deepEqual(registered, Array(2).fill({ burst }));
      assert.equal(machine.record().match(/^run\.sh --once$/gm)?.length, 2);
      assert.deepEqual(agentsOf(emulator, 'Default'), []);
      assertPublished(surroundings, 8);

      const created = join(machine.folder, 'cluster', 'created');
      const objects = readdirSync(created).map((name) => JSON.parse(readFileSync(join(created, name), 'utf8')));
      const [kubernetesJob, secret] = objects;
      assert.deepEqual([kubernetesJob.kind, secret.kind], ['Job', 'Secret']);
      assert.equal(kubernetesProblems(objects), '');
      assert.equal(secret.metadata.ownerReferences[0].name, burst);
      const [{ token } = { token: '' }] = emulator.state.pats;
      assert.equal(secret.stringData.token, `${token}\n`);
      assert.ok(!JSON.stringify(kubernetesJob).includes(token));
      const { containers, initContainers } = kubernetesJob.spec.template.spec;
      const mounts = ({ volumeMounts }: { volumeMounts: { name: string }[] }) => volumeMounts.map(({ name }) => name);
      assert.deepEqual([containers.map(mounts), initContainers.map(mounts)], [[['agent']], [['agent', 'secret']]]);
      const left = readdirSync(join(machine.folder, 'cluster')).filter((name) => /^(job|secret)-/.test(name));
      assert.deepEqual(left, []);
    }));

  test('kubernetes-agents.sh: an agent that does not register fails the step, and says why; odd names are refused', () =>
    withMachine(async (surroundings) => {
      const { machine } = surroundings;
      const manifest = parse(readFileSync(join(scripts, 'kubernetes-agents.yaml'), 'utf8'));
      writeFileSync(join(machine.folder, 'manifest.json'), JSON.stringify(manifest));
      const usual = { BURST: 'one', PLACE: 'De$(x)f & "ault', AGENTS: '1', NAMESPACE: 'agents' };
      const started = await runScript(['kubernetes-agents.sh', 'start'], surroundings, { variables: usual });
      assert.equal(started.code, 0, started.output);
      const waited = await runScript(['kubernetes-agents.sh', 'wait-registered'], surroundings, { variables: usual });
      assert.notEqual(waited.code, 0);
      assert.match(waited.output, /cannot manage De\$\(x\)f & "ault: there is no agentPool of this name/);
      assert.match(waited.output, /Not registered: one-pod01/);
      const refusals: [string, Record<string, string>, RegExp][] = [
        ['start', { BURST: 'One' }, /BURST has to be/],
        ['start', { BURST: '' }, /BURST has to be/],
        ['start', { BURST: 'a'.repeat(58) }, /longer than 57/],
        ['start', { BURST: 'two', AGENTS: '0' }, /AGENTS is not/],
        ['star', {}, /Say start/],
      ];
      for (const [word, variables, saying] of refusals) {
        const { code, output } = await runScript(['kubernetes-agents.sh', word], surroundings, {
          variables: { ...usual, ...variables },
        });
        assert.notEqual(code, 0);
        assert.match(output, saying);
      }
    }));
});

describe('known-hosts.sh', () => {
  const script = join(scripts, 'known-hosts.sh');
  const read = (input: string, address = '10.0.0.7') => spawnSync('sh', [script, address], { input, encoding: 'utf8' });

  it('finds the host keys on a console, and no other text', () => {
    assert.equal(read(console).stdout, '10.0.0.7 ecdsa-sha2-nistp256 AAAAE2Vj+/q=\n10.0.0.7 ssh-ed25519 AAAAC3Nz\n');
    assert.equal(read(console).status, 0);
  });

  it('fails where there is none, and where the address is none', () => {
    assert.match(read('None\n').stderr, /shows no host keys yet/);
    assert.equal(read('ssh-ed25519 AAAA outside\n').status, 1);
    assert.equal(read(console, 'a b').status, 2);
  });
});

describe('the checks of calls and objects of other clouds', () => {
  it('refuse a command, an option, a field and a type that are not published', () => {
    const calls =
      'az rest --method get --url x\naz vm list\nkubectl get pods --selektor a\naws ec2 run-instances --userdata x';
    assert.deepEqual(unpublishedWords(calls), [
      'az vm list',
      'kubectl get --selektor',
      'aws ec2 run-instances --userdata',
    ]);
    const manifest = parse(readFileSync(join(scripts, 'kubernetes-agents.yaml'), 'utf8'));
    const withField = (field: object) => ({ ...manifest, spec: { ...manifest.spec, ...field } });
    const problems = kubernetesProblems([withField({ backofLimit: 0 }), withField({ parallelism: '1' })]);
    assert.match(problems, /backofLimit"?' does not exist/);
    assert.match(problems, /'string' is not assignable to type 'number'/);
  });

  it('user data is what cloud-init reads, and holds a place for the key alone', () => {
    const text = readFileSync(join(scripts, 'cloud-init.yaml'), 'utf8');
    assert.match(text, /^#cloud-config\n/);
    assert.deepEqual(Object.keys(parse(text)).sort(), ['package_update', 'packages', 'ssh', 'ssh_authorized_keys']);
  });
});
