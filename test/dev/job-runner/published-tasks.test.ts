import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JobOptions, JobRefused, type JobResult } from '../../../dev/job-runner';
import {
  dumpEnvironment,
  dumpedEnvironment,
  printing,
  removeFolders,
  runSteps,
  shellScript,
  temporaryFolder,
} from './extension';

/** What a task.json says of a published task, as its page in the Azure Pipelines task reference and its form show it. */
interface Contract {
  id: string;
  name: string;
  version: object;
  [key: string]: unknown;
}

const everyNode = (target: string) =>
  Object.fromEntries(['Node10', 'Node16', 'Node20_1', 'Node24'].map((name) => [name, { target, argumentFormat: '' }]));

const bash: Contract = {
  id: '6C731C3C-3C68-459A-A5C9-BDE6E6595B5B',
  name: 'Bash',
  version: { Major: 3, Minor: 268, Patch: 0 },
  showEnvironmentVariables: true,
  inputs: [
    {
      name: 'targetType',
      type: 'radio',
      defaultValue: 'filePath',
      options: { filePath: 'File Path', inline: 'Inline' },
    },
    { name: 'filePath', type: 'filePath', visibleRule: 'targetType = filePath', required: true, defaultValue: '' },
    { name: 'script', type: 'multiLine', defaultValue: "echo 'Hello world'\n", properties: { maxLength: '5000' } },
    { name: 'workingDirectory', type: 'filePath', defaultValue: '', groupName: 'advanced' },
    { name: 'failOnStderr', type: 'boolean', defaultValue: 'false' },
  ],
  execution: everyNode('bash.js'),
};

const commandLine: Contract = {
  id: 'D9BAFED4-0B18-4F58-968D-86655B4D2CE9',
  name: 'CmdLine',
  version: { Major: 2, Minor: 268, Patch: 0 },
  inputs: [{ name: 'script', type: 'multiLine', required: true, defaultValue: 'echo Hello world' }],
  execution: { PowerShell3: { target: 'cmdline.ps1', platforms: ['windows'] }, ...everyNode('cmdline.js') },
};

const npmAuthenticate: Contract = {
  id: 'ad884ca2-732e-4b85-b2d3-ed71bcbd2788',
  name: 'npmAuthenticate',
  version: { Major: 0, Minor: 268, Patch: 0 },
  inputs: [
    { name: 'workingFile', type: 'filePath', required: true },
    {
      name: 'customEndpoint',
      type: 'connectedService:externalnpmregistry',
      properties: { MultiSelectFlatList: 'true' },
    },
  ],
  execution: everyNode('npmauth.js'),
  postjobexecution: everyNode('npmauthcleanup.js'),
};

const installSshKey: Contract = {
  id: '5c9af2eb-5fc5-42dc-9b91-dc234a8c4400',
  name: 'InstallSSHKey',
  version: { Major: 0, Minor: 268, Patch: 0 },
  inputs: [
    { name: 'hostName', aliases: ['knownHostsEntry'], type: 'multiLine', defaultValue: '', required: true },
    { name: 'sshKeySecureFile', type: 'secureFile', defaultValue: '', required: true },
    { name: 'addEntryToConfig', type: 'boolean', defaultValue: false },
  ],
  prejobexecution: everyNode('preinstallsshkey.js'),
  postjobexecution: everyNode('postinstallsshkey.js'),
  restrictions: {
    commands: { mode: 'restricted' },
    settableVariables: { allowed: ['SSH_AGENT_PID', 'SSH_AUTH_SOCK'] },
  },
};

/** Writes an extension that holds a task of this contract, with scripts of this test's own in place of its code. */
function write(contract: Contract, scripts: Record<string, string>): string {
  const folder = temporaryFolder();
  const task = join(folder, 'tasks', contract.name);
  mkdirSync(task, { recursive: true });
  writeFileSync(join(task, 'task.json'), `\uFEFF${JSON.stringify(contract)}`);
  for (const [file, script] of Object.entries(scripts)) {
    writeFileSync(join(task, file), script);
  }
  return folder;
}

function run(folder: string, step: object, options: Partial<JobOptions> = {}): Promise<JobResult> {
  return runSteps(folder, [step], options);
}

describe("published tasks' contracts", () => {
  after(removeFolders);

  it('Bash@3: its Node handlers carry an empty argumentFormat, its paths begin at the sources', async () => {
    const folder = write(bash, { 'bash.js': dumpEnvironment });
    const job = await run(folder, { task: 'Bash@3', inputs: { targetType: 'inline', script: 'echo $(x)' } });
    const environment = dumpedEnvironment(job.rawLines);
    assert.equal(job.result, 'Succeeded');
    assert.deepEqual(
      [environment.INPUT_TARGETTYPE, environment.INPUT_SCRIPT, environment.INPUT_FAILONSTDERR],
      ['inline', 'echo $(x)', 'false'],
    );
    assert.equal(environment.INPUT_FILEPATH, environment.BUILD_SOURCESDIRECTORY);
  });

  it('CmdLine@2: the PowerShell handler of Windows is passed over elsewhere, and refused by name there', async () => {
    const folder = write(commandLine, { 'cmdline.js': printing('by Node') });
    const running = run(folder, { task: 'CmdLine@2' });
    if (process.platform === 'win32') {
      await assert.rejects(running, /the handler 'PowerShell3' in execution is not supported/);
    } else {
      assert.deepEqual((await running).rawLines, ['by Node']);
    }
  });

  it('npmAuthenticate@0: several connections in one input, and a post-job that finds what main left', async () => {
    const folder = write(npmAuthenticate, {
      'npmauth.js': `${dumpEnvironment}${printing('##vso[task.setvariable variable=SAVE_NPMRC_PATH]/saved')}`,
      'npmauthcleanup.js': shellScript('echo "restores $SAVE_NPMRC_PATH"'),
    });
    const connections = ['one', 'two'].map((name) => ({
      name,
      type: 'externalnpmregistry',
      url: `https://${name}.example`,
      authorization: { scheme: 'Token', parameters: { apitoken: `${name}-secret` } },
    }));
    const inputs = { workingFile: 'app/.npmrc', customEndpoint: 'one, two' };
    const { result, stages, rawLines } = await run(folder, { task: 'npmAuthenticate@0', inputs }, { connections });
    const environment = dumpedEnvironment(rawLines);
    const ids = (environment.INPUT_CUSTOMENDPOINT ?? '').split(',');
    assert.deepEqual(
      ids.map((id) => environment[`ENDPOINT_URL_${id}`]),
      ['https://one.example/', 'https://two.example/'],
    );
    assert.deepEqual(
      ids.map((id) => environment[`ENDPOINT_AUTH_PARAMETER_${id}_APITOKEN`]),
      ['one-secret', 'two-secret'],
    );
    assert.equal(environment.INPUT_WORKINGFILE, `${environment.BUILD_SOURCESDIRECTORY}/app/.npmrc`);
    assert.deepEqual([result, stages[1]?.rawLines], ['Succeeded', ['restores /saved']]);
  });

  it('InstallSSHKey@0: a pre-job and a post-job without a main, under restrictions of the task', async () => {
    const folder = write(installSshKey, {
      'preinstallsshkey.js': printing(
        '##vso[task.setvariable variable=ssh_auth_sock]/socket',
        '##vso[task.setvariable variable=OTHER]x',
        '##vso[build.addbuildtag]x',
        '##vso[task.settaskvariable variable=AGENT_PID]42',
      ),
      'postinstallsshkey.js': shellScript('echo "ends $VSTS_TASKVARIABLE_AGENT_PID"'),
    });
    const job = await run(folder, { task: 'InstallSSHKey@0', inputs: { knownHostsEntry: 'host' } });
    assert.deepEqual(
      job.stages.map(({ stage, result, issues }) => [stage, result, issues.length]),
      [
        ['prejob', 'Succeeded', 2],
        ['post', 'Succeeded', 0],
      ],
    );
    assert.deepEqual([job.variables.ssh_auth_sock, job.variables.OTHER], ['/socket', undefined]);
    assert.deepEqual(job.stages[1]?.rawLines, ['ends 42']);
  });

  it('InstallSSHKey@0: its secure file is refused by name', async () => {
    const folder = write(installSshKey, {});
    await assert.rejects(
      run(folder, { task: 'InstallSSHKey@0', inputs: { knownHostsEntry: 'host', sshKeySecureFile: 'id_rsa' } }),
      (error) => error instanceof JobRefused && /input sshKeySecureFile: secure files are not/.test(error.message),
    );
  });

  it('a task whose Node is older than this runner starts is refused by the name of its handler', async () => {
    const old = { ...bash, execution: { Node10: { target: 'bash.js', argumentFormat: '' } } };
    await assert.rejects(run(write(old, {}), { task: 'Bash@3' }), /'Bash': the handler 'Node10' in execution/);
  });

  it('a secure file is refused in whichever input it stands', async () => {
    const inputs = [
      { name: 'first', type: 'secureFile' },
      { name: 'second', type: 'secureFile' },
    ];
    const folder = write({ ...bash, inputs }, { 'bash.js': '' });
    await assert.rejects(run(folder, { task: 'Bash@3', inputs: { second: 'file' } }), /input second: secure files/);
    assert.equal((await run(folder, { task: 'Bash@3' })).result, 'Succeeded');
  });
});
