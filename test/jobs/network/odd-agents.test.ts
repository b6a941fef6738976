import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '../../../dev/emulator';
import { jobEnvironment, leaseIn } from '../../../dev/measure/job';
import { unpackedExtension } from '../../support/extension';

interface Ended {
  output: string;
  result: string | undefined;
}

/** Some of this is what no job runner can do: end the output of a task, or signal it at its first line. */
describe('an odd agent', function () {
  this.timeout(120_000);
  let emulator: Emulator;
  let folder: string;
  let task: string;
  let leased: Record<string, string> | undefined;

  before(async () => {
    task = join(await unpackedExtension(), 'tasks', 'AgentPoolToken', 'AgentPoolTokenV1');
    emulator = await startEmulator();
    folder = mkdtempSync(join(tmpdir(), 'odd-agent-'));
  });

  beforeEach(() => {
    emulator.requests.length = 0;
    for (const token of emulator.state.pats) token.revoked = true;
  });

  after(async () => {
    await emulator.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const environment = (more: Record<string, string> = {}) => ({ ...jobEnvironment(emulator, folder), ...more });

  async function run(entry: 'main' | 'post', env: NodeJS.ProcessEnv, meet?: (child: ChildProcess) => void) {
    const child = spawn(process.execPath, [join(task, `${entry}.js`)], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    meet?.(child);
    await new Promise((resolve) => child.on('close', resolve));
    const result = /^##vso\[task\.complete result=(\w+)/m.exec(output)?.[1];
    return { output, result } satisfies Ended;
  }

  /** A job whose main went well, which is one for all of these tests; returns what post is given. */
  async function minted(): Promise<Record<string, string>> {
    if (leased === undefined) {
      const { output, result } = await run('main', environment());
      assert.equal(result, undefined, output);
      leased = leaseIn(output);
    }
    const token = emulator.state.pats.find(({ displayName }) => JSON.stringify(leased).includes(displayName));
    assert.ok(token, 'the token that main minted');
    token.revoked = false;
    return leased;
  }

  const created = () => emulator.requests.filter(({ operation }) => operation === 'pats.create').length;

  it('that no longer reads before the create gets no token', async () => {
    await run('main', environment(), (child) => child.stdout?.destroy());
    assert.equal(created(), 0);
  });

  it('that never read gets no token', async () => {
    const child = spawn(process.execPath, [join(task, 'main.js')], { env: environment(), stdio: 'ignore' });
    await new Promise((resolve) => child.on('close', resolve));
    assert.equal(created(), 0);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`that sends ${signal} before the first request of post does not end it`, async () => {
      const lease = await minted();
      const { output } = await run('post', environment(lease), (child) =>
        child.stdout?.once('data', () => child.kill(signal)),
      );
      assert.equal(emulator.activeTokens().length, 0, output);
    });
  }

  it('that sends a signal before the first request of main gets no token', async () => {
    const { output, result } = await run('main', environment(), (child) =>
      child.stdout?.once('data', () => child.kill('SIGINT')),
    );
    assert.equal(result, 'Failed', output);
    assert.match(output, /\(cancelled\)/);
    assert.equal(created(), 0);
  });

  for (const [what, change] of [
    ['another version of the agent', { AGENT_VERSION: 'abc' }],
    ['an old version of the agent', { AGENT_VERSION: '2.0.0' }],
    ['no version of the agent', { AGENT_VERSION: '' }],
    ['an authority that is not there', { AGENT_CAINFO: '/nowhere/ca.pem' }],
    ['a client certificate that is not there', { AGENT_CLIENTCERT: '/nowhere/cert.pem' }],
    ['a pass phrase that is no secret', { AGENT_CLIENTCERT: '/nowhere/cert.pem', AGENT_CLIENTCERTPASSWORD: 'phrase' }],
    ['a proxy that is none', { AGENT_PROXYURL: 'socks5://proxy' }],
    ['a proxy in the environment that is none', { HTTPS_PROXY: 'socks5://proxy' }],
    ['a bypass list that is none', { AGENT_PROXYURL: 'http://proxy', AGENT_PROXYBYPASSLIST: 'abc' }],
    ['lists of variables that are none', { VSTS_PUBLIC_VARIABLES: 'abc', VSTS_SECRET_VARIABLES: '{}' }],
  ] as [string, Record<string, string>][]) {
    it(`does not stop post with ${what}`, async () => {
      const lease = await minted();
      const { output, result } = await run('post', environment({ ...lease, ...change }));
      assert.equal(emulator.activeTokens().length, 0, output);
      assert.notEqual(result, 'Failed', output);
      assert.deepEqual(readdirSync(folder), [], 'the temporary folder of the agent');
    });
  }

  for (const version of ['abc', '2.0.0']) {
    it(`of version ${version} does not stop main`, async () => {
      const { output, result } = await run('main', environment({ AGENT_VERSION: version }));
      assert.equal(result, undefined, output);
      assert.equal(emulator.activeTokens().length, 1);
    });
  }

  it('cannot have a forged lease beside its own', async () => {
    const lease = await minted();
    const forged = { VSTS_TASKVARIABLE_agentPoolTokenLease: '{}', vsts_taskvariable_agentpooltokenlease: '{}' };
    const { output } = await run('post', { ...environment(lease), ...forged });
    assert.equal(emulator.activeTokens().length, 0, output);
  });

  it('cannot have a limit of its connection lifted by a variable of the step', async () => {
    const env = environment();
    const id = env.INPUT_ISSUER;
    const lifted = { [`ENDPOINT_DATA_${id}_ALLOWEDSCOPES`]: 'environment', INPUT_SCOPE: 'environment', INPUT_POOL: '' };
    const { output, result } = await run('main', { ...env, ...lifted });
    assert.equal(result, 'Failed', output);
    assert.match(output, /\(limit-exceeded\)/);
    assert.deepEqual(emulator.requests, []);
  });

  for (const entry of ['main', 'post'] as const) {
    it(`learns from ${entry} that a service switched to another protocol`, async () => {
      const lease = entry === 'post' ? await minted() : {};
      const switching = createServer((socket: Socket) => {
        socket.on('error', () => {});
        socket.once('data', () =>
          socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
        );
      });
      await new Promise<void>((resolve) => switching.listen(0, '127.0.0.1', resolve));
      try {
        const { port } = switching.address() as { port: number };
        const access = { ...emulator, issuer: { ...emulator.issuer, authorityUrl: `http://127.0.0.1:${port}` } };
        const env = jobEnvironment({ organizationUrl: emulator.organizationUrl, issuer: access.issuer }, folder);
        const { output, result } = await run(entry, { ...env, ...lease });
        assert.equal(result, entry === 'main' ? 'Failed' : 'SucceededWithIssues', output);
        assert.match(output, /101 Switching Protocols/);
      } finally {
        switching.close();
      }
    });
  }
});
