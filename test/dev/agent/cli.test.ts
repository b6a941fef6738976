import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCommand } from '../../../dev/agent/arguments';
import { type Emulator, startEmulator } from '../../../dev/emulator';
import { createPat } from '../emulator/calls';

const script = join(__dirname, '../../../dev/agent/cli.ts');
const tsx = require.resolve('tsx/cjs');

async function run(args: string[], environment: Record<string, string>, cwd: string) {
  const env = { PATH: process.env.PATH, ...environment };
  const child = spawn(process.execPath, ['--require', tsx, script, ...args], { cwd, env });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

describe('command line of the registering client', () => {
  describe('against the emulator', () => {
    let emulator: Emulator;
    let folder: string;
    let token: string;
    beforeEach(async () => {
      emulator = await startEmulator();
      folder = await mkdtemp(join(tmpdir(), 'agent-'));
      ({ token } = await createPat(emulator));
    });
    afterEach(async () => {
      await emulator.close();
      await rm(folder, { recursive: true });
    });

    const agents = () => emulator.state.pool('Default').agents;
    const config = (...more: string[]) => {
      const place = ['--url', emulator.organizationUrl, '--pool', 'Default', '--agent', 'one'];
      return ['config', '--unattended', '--auth', 'pat', ...place, ...more];
    };

    it('configures and removes, past a proxy of the environment, and does not give away a token passed as an input', async () => {
      const input = { VSTS_AGENT_INPUT_TOKEN: token, HTTP_PROXY: 'http://127.0.0.1:1' };
      const configured = await run(config('--os', 'macos'), { ...input, HELLO: 'world', OTHER: token }, folder);
      assert.deepEqual([configured.code, configured.stderr], [0, '']);
      assert.match(
        configured.stdout,
        /Successfully added the agent[\s\S]*Testing agent connection\.[\s\S]*Settings saved/,
      );
      const { OTHER, ...capabilities } = agents()[0]?.systemCapabilities ?? {};
      assert.equal(OTHER, token, 'a token in any other variable is a capability');
      assert.equal(capabilities.HELLO, 'world');
      assert.equal(capabilities['Agent.OS'], 'Darwin');
      assert.ok(!JSON.stringify(capabilities).includes(token));
      assert.ok(await stat(join(folder, 'one', '.agent')));

      const removal = ['remove', '--unattended', '--auth', 'pat', '--agent', 'one'];
      const removed = await run(removal, input, folder);
      assert.deepEqual([removed.code, removed.stderr], [0, '']);
      assert.equal(agents().length, 0);
    });

    it('ends with 1 and one line if it fails, after a warning of a token on the command line', async () => {
      const { code, stderr } = await run(config('--token', 'unknown-token'), {}, folder);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^Warning: --token shows in the list of processes; .*\nTF400813: The user '' is not authorized to access this resource\.\n$/,
      );
      assert.ok(!stderr.includes('unknown-token'));
    });
  });

  describe('reading', () => {
    const complete = ['--unattended', '--auth', 'pat', '--url', 'https://dev.azure.com/fabrikam', '--token', 't'];
    const read = (args: string[], environment: NodeJS.ProcessEnv = {}) => readCommand(args, environment);

    it('fills in what a real agent fills in', () => {
      const command = read(['config', ...complete]);
      assert.ok(command.verb === 'config');
      assert.equal(command.options.pool, 'default');
      assert.ok(command.options.agent);
      assert.equal(command.options.directory, command.options.agent);
      assert.equal(command.options.replace, false);
    });

    it('takes every input from the environment', () => {
      const command = read(['config'], {
        VSTS_AGENT_INPUT_UNATTENDED: 'true',
        VSTS_AGENT_INPUT_URL: 'https://dev.azure.com/fabrikam',
        VSTS_AGENT_INPUT_AUTH: 'PAT',
        VSTS_AGENT_INPUT_TOKEN: 't',
        VSTS_AGENT_INPUT_AGENT: 'from-environment',
      });
      assert.ok(command.verb === 'config');
      const { url, token, agent } = command.options;
      assert.deepEqual([url, token, agent], ['https://dev.azure.com/fabrikam', 't', 'from-environment']);
    });

    it('takes inputs out of the environment, even those it does not use', () => {
      const environment = {
        VSTS_AGENT_INPUT_REPLACE: 'True',
        VSTS_AGENT_INPUT_POOL: 'Build-Linux',
        VSTS_AGENT_INPUT_PROXYPASSWORD: 'secret',
        vsts_agent_input_work: '_w',
        PATH: '/bin',
      };
      const command = read(['config', ...complete, '--pool', 'Default'], environment);
      assert.deepEqual(environment, { PATH: '/bin' });
      assert.ok(command.verb === 'config');
      const { replace, pool, work } = command.options;
      assert.deepEqual([replace, pool, work], [true, 'Default', '_w']);
    });

    it('knows a deployment group or an environment from a pool', () => {
      const group = ['--deploymentgroup', '--projectname', 'Fabrikam', '--deploymentgroupname', 'Web-Servers'];
      const tagged = ['--adddeploymentgrouptags', '--deploymentgrouptags', 'web, db,,web'];
      const placeOf = (args: string[], environment: NodeJS.ProcessEnv = {}) => {
        const command = read(['config', ...complete, ...args], environment);
        return command.verb === 'config' ? command.options.placeInProject : undefined;
      };
      const place = { kind: 'deploymentGroup', project: 'Fabrikam', name: 'Web-Servers', tags: ['web', 'db'] };
      assert.deepEqual(placeOf([...group, ...tagged]), place);
      assert.deepEqual(placeOf(group), { ...place, tags: [] });
      const environment = {
        VSTS_AGENT_INPUT_ENVIRONMENTNAME: 'production',
        VSTS_AGENT_INPUT_PROJECTNAME: 'Fabrikam',
      };
      assert.deepEqual(placeOf(['--environment'], environment), {
        kind: 'environment',
        project: 'Fabrikam',
        name: 'production',
        tags: [],
      });
      assert.equal(placeOf([]), undefined);
      assert.throws(() => placeOf(group.slice(0, 3)), /provided for deploymentgroupname/);
      assert.throws(() => placeOf(['--environment', '--environmentname', 'x']), /provided for projectname/);
      assert.throws(() => placeOf([...group, '--adddeploymentgrouptags']), /provided for deploymentgrouptags/);
    });

    it('says what is missing or wrong', () => {
      const without = (flag: string) =>
        complete.filter((_, index, all) => all[index] !== flag && all[index - 1] !== flag);
      for (const flag of ['--url', '--token', '--auth']) {
        const message = `Invalid configuration provided for ${flag.slice(2)}. Terminating unattended configuration.`;
        assert.throws(() => read(['config', ...without(flag)]), { message });
      }
      assert.throws(() => read(['config', ...complete, '--auth', 'negotiate']), /provided for auth/);
      assert.throws(() => read(['config', ...complete, '--os', 'plan9']), /provided for os/);
      assert.throws(() => read(['config', ...complete.slice(1)]), /Only --unattended/);
      assert.throws(() => read(['reconfigure', ...complete]), /config or remove/);
      assert.throws(() => read(complete), /config or remove/);
      assert.throws(() => read(['config', ...complete, '--colour', 'blue']), /Unknown option '--colour'/);
    });
  });
});
