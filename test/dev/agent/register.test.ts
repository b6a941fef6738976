import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RegisterOptions, registerAgent, removeAgent } from '../../../dev/agent';
import { type Emulator, startEmulator } from '../../../dev/emulator';
import { giveKey } from '../../support/agent-key';
import { createPat, exchangeAssertion, pats, requestIdentityToken } from '../emulator/calls';

describe('registering client', () => {
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

  const directoryOf = (agent: string) => join(folder, agent);
  const register = async (changes: Partial<RegisterOptions> = {}) => {
    const agent = changes.agent ?? 'one';
    const directory = directoryOf(agent);
    await giveKey(changes.directory ?? directory);
    const environment = { HOME: '/home/agent' };
    return registerAgent({
      url: emulator.organizationUrl,
      token,
      pool: 'Default',
      agent,
      directory,
      environment,
      ...changes,
    });
  };
  const agents = () => emulator.state.pool('Default').agents;
  const operations = () => emulator.requests.map(({ operation, status }) => `${operation} ${status}`);

  it('registers in the order of a real agent, and proves that the agent can sign in', async () => {
    emulator.requests.length = 0;
    const registered = await register();
    assert.deepEqual(operations(), [
      'connectionData 200',
      'locations 200',
      'resourceAreas 200',
      'locations 200',
      'pools.list 200',
      'agents.list 200',
      'agents.add 200',
      'connectionData 401',
      'agents.token 200',
      'connectionData 200',
    ]);
    const [first] = emulator.requests;
    assert.equal(first?.headers.authorization, `Basic ${Buffer.from(`VstsAgent:${token}`).toString('base64')}`);
    assert.equal(first?.headers['x-tfs-fedauthredirect'], 'Suppress');
    assert.deepEqual(registered, { agentId: agents()[0]?.id, poolId: 1, directory: directoryOf('one') });
  });

  it('writes the files of a real agent, without the token', async () => {
    const { agentId } = await register({ work: '_elsewhere' });
    const read = (name: string) => readFile(join(directoryOf('one'), name), 'utf8');
    assert.deepEqual(JSON.parse(await read('.agent')), {
      agentId,
      agentName: 'one',
      poolId: 1,
      poolName: 'Default',
      serverUrl: emulator.organizationUrl,
      workFolder: '_elsewhere',
    });
    const credentials = await read('.credentials');
    assert.deepEqual(JSON.parse(credentials), {
      scheme: 'OAuth',
      data: {
        clientId: agents()[0]?.clientId,
        authorizationUrl: `${emulator.organizationUrl}/_apis/oauth2/token`,
        oauthEndpointUrl: `${emulator.organizationUrl}/_apis/oauth2/token`,
      },
    });
    const key = await read('.credentials_rsaparams');
    assert.equal(JSON.parse(key).modulus, agents()[0]?.publicKey.modulus);
    assert.equal((await stat(join(directoryOf('one'), '.credentials_rsaparams'))).mode & 0o777, 0o600);
    assert.ok(![await read('.agent'), credentials, key].some((file) => file.includes(token)));
  });

  it('makes a key of its own where none is kept, and keeps it even if it is not added', async () => {
    const [directory, environment] = [directoryOf('new'), {}];
    const options = { url: emulator.organizationUrl, token, pool: 'Default', agent: 'new', directory, environment };
    emulator.plan({ operation: 'agents.add', answer: { status: 503, body: 'oops' } });
    await assert.rejects(registerAgent(options));
    const file = join(directory, '.credentials_rsaparams');
    const key = await readFile(file, 'utf8');
    assert.equal(Buffer.from(JSON.parse(key).modulus, 'base64').length, 2048 / 8);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    await registerAgent(options);
    assert.equal(await readFile(file, 'utf8'), key);
    assert.equal(agents()[0]?.publicKey.modulus, JSON.parse(key).modulus);
  });

  it('registers several agents with one token, of any system', async () => {
    for (const os of ['linux', 'macos', 'windows'] as const) await register({ agent: os, os });
    assert.deepEqual(
      agents().map(({ name, systemCapabilities }) => [name, systemCapabilities['Agent.OS']]),
      [
        ['linux', 'Linux'],
        ['macos', 'Darwin'],
        ['windows', 'Windows_NT'],
      ],
    );
  });

  it('takes an Entra token of a service principal', async () => {
    await register({ token: emulator.servicePrincipalAccessToken() });
    assert.equal(agents().length, 1);
  });

  describe('with an Entra token in place of a PAT', () => {
    const federatedToken = async (): Promise<string> => {
      const { oidcToken } = (await requestIdentityToken(emulator)).json;
      return (await exchangeAssertion(emulator, oidcToken)).json.access_token;
    };

    it('registers and removes as the federated service principal', async () => {
      const entraToken = await federatedToken();
      emulator.requests.length = 0;
      await register({ token: entraToken });
      assert.equal(
        emulator.requests[0]?.headers.authorization,
        `Basic ${Buffer.from(`VstsAgent:${entraToken}`).toString('base64')}`,
      );
      assert.ok(operations().includes('agents.add 200') && operations().includes('agents.token 200'));
      assert.ok(!(await readFile(join(directoryOf('one'), '.credentials'), 'utf8')).includes(entraToken));
      await removeAgent({ token: await federatedToken(), directory: directoryOf('one') });
      assert.equal(agents().length, 0);
    });

    it('fails without the role that manages the pool', async () => {
      const { principal } = emulator.federated;
      const entraToken = await federatedToken();
      for (const role of ['use', 'view'] as const) {
        emulator.state.setPoolRole('Default', principal, role);
        await assert.rejects(register({ token: entraToken }), /^Error: Access denied\. Fabrikam Agents needs Manage/);
      }
      emulator.state.setPoolRole('Default', principal, 'none');
      await assert.rejects(register({ token: entraToken }), { message: "Agent pool not found: 'Default'" });
    });

    it('fails once the token has expired, and where the service principal is no member of the organization', async () => {
      emulator.federated.principal.member = false;
      await assert.rejects(register({ token: await federatedToken() }), /TF401444: Please sign-in at least once as/);
      emulator.federated.principal.member = true;
      const entraToken = await federatedToken();
      emulator.state.clock.advance(emulator.state.accessTokenMinutes * 60_000);
      await assert.rejects(register({ token: entraToken }), /VS30063|TF400813/);
    });
  });

  it('refuses a name that is taken, unless it is to replace', async () => {
    await register();
    const other = { directory: directoryOf('other') };
    await assert.rejects(register(other), { message: 'Pool Default already contains an agent with name one.' });
    const before = agents()[0]?.clientId;
    await register({ ...other, replace: true });
    assert.equal(agents().length, 1);
    assert.notEqual(agents()[0]?.clientId, before);
    assert.ok(operations().includes('agents.replace 200'));
  });

  it('refuses to configure one directory twice', async () => {
    await register();
    const sent = emulator.requests.length;
    await assert.rejects(register({ replace: true }), /already configured/);
    assert.equal(emulator.requests.length, sent);
  });

  it('fails with the words of the server if the token is revoked or unknown', async () => {
    const { authorizationId, token: revoked } = await createPat(emulator);
    await pats(emulator, 'DELETE', { query: { authorizationId } });
    await assert.rejects(register({ token: revoked }), {
      message: `VS30063: You are not authorized to access ${new URL(emulator.organizationUrl).origin}.`,
    });
    assert.equal(agents().length, 0);
  });

  it('fails if the pool is not there, not visible or not manageable', async () => {
    await assert.rejects(register({ pool: 'Nowhere' }), { message: "Agent pool not found: 'Nowhere'" });
    await assert.rejects(register({ pool: 'Private' }), { message: "Agent pool not found: 'Private'" });
    await assert.rejects(register({ pool: 'UseOnly' }), /^Error: Access denied\. .* needs Manage permissions/);
  });

  it('fails if the scope is too narrow', async () => {
    const { token: readOnly } = await createPat(emulator, { scope: 'vso.agentpools' });
    await assert.rejects(register({ token: readOnly }), /VS30063|TF400813/);
  });

  it('takes a sign-in page for a failure, and follows no redirect', async () => {
    const page = { status: 203, body: '<html>Sign in</html>', contentType: 'text/html' };
    emulator.plan({ operation: 'connectionData', answer: page });
    await assert.rejects(register(), { message: `VS30063: You are not authorized to access ${emulator.url}.` });
    const elsewhere = await startEmulator();
    try {
      emulator.plan({ operation: 'agents.add', answer: { redirectTo: `${elsewhere.url}/x` } });
      await assert.rejects(register(), /unexpected status 302/);
      assert.equal(elsewhere.requests.length, 0);
    } finally {
      await elsewhere.close();
    }
  });

  it('fails if a 401 says nothing', async () => {
    emulator.plan({ operation: 'connectionData', answer: { status: 401 } });
    await assert.rejects(register(), /VS30063/);
  });

  it('fails if the server does not say how the agent is to sign in', async () => {
    const mutate = (json: object) => ({ ...json, authorization: {} });
    emulator.plan({ operation: 'agents.add', answer: { mutate } });
    await assert.rejects(register(), /did not answer how the agent signs in/);
  });

  describe('testing the connection', () => {
    it('fails if the server does not ask for a bearer token', async () => {
      emulator.plan({ operation: 'connectionData', skip: 1, answer: { status: 200, body: '{}' } });
      await assert.rejects(register(), /did not ask for a bearer token: status 200/);
    });

    it('fails if the agent cannot sign in, or its token is refused', async () => {
      emulator.plan({ operation: 'agents.token', answer: { status: 500, body: 'oops' } });
      await assert.rejects(register(), /could not sign in: status 500/);
      const corrupt = (json: object) => ({ ...json, access_token: 'nonsense' });
      emulator.plan({ operation: 'agents.token', answer: { mutate: corrupt } });
      await assert.rejects(register({ agent: 'two' }), /refused the agent's own token: status 401/);
    });

    it("fails if the machine's clock is wrong", async () => {
      emulator.state.clock.advance(30 * 60_000);
      await assert.rejects(register(), /clock may be out of sync/);
    });
  });

  describe('capabilities', () => {
    const capabilities = async (environment: Record<string, string>, os: RegisterOptions['os'] = 'linux') => {
      await register({ environment, os });
      const found = agents()[0]?.systemCapabilities;
      assert.ok(found);
      return found;
    };

    it('describe the agent', async () => {
      const found = await capabilities({});
      assert.equal(found['Agent.Name'], 'one');
      assert.equal(found['Agent.HomeDirectory'], directoryOf('one'));
      for (const name of ['Agent.OS', 'Agent.OSArchitecture', 'Agent.Version', 'Agent.ComputerName']) {
        assert.ok(found[name], name);
      }
    });

    it('give away a token that stands in the environment', async () => {
      assert.equal((await capabilities({ AZP_TOKEN: token })).AZP_TOKEN, token);
    });

    it('leave out what is long, well known or ignored', async () => {
      const environment = {
        LONG: 'x'.repeat(1024),
        ALMOST: 'x'.repeat(1023),
        TERM: 'xterm',
        SHLVL: '1',
        AZP_TOKEN: token,
        azp_token: 'lower',
        VSO_AGENT_IGNORE: 'AZP_TOKEN, OTHER',
      };
      const found = await capabilities(environment);
      assert.deepEqual(
        Object.keys(environment).filter((name) => name in found),
        ['ALMOST', 'azp_token', 'VSO_AGENT_IGNORE'],
      );
    });

    it('ignore names in any case on Windows', async () => {
      const found = await capabilities({ azp_token: token, VSO_AGENT_IGNORE: 'AZP_TOKEN' }, 'windows');
      assert.ok(!('azp_token' in found));
      assert.ok(found['Agent.OSVersion']);
    });
  });

  describe('removing', () => {
    it('removes the agent there and here', async () => {
      await register();
      await removeAgent({ token, directory: directoryOf('one') });
      assert.equal(agents().length, 0);
      await assert.rejects(stat(join(directoryOf('one'), '.agent')), { code: 'ENOENT' });
      await assert.rejects(stat(join(directoryOf('one'), '.credentials_rsaparams')), { code: 'ENOENT' });
      await register();
      assert.equal(agents().length, 1);
    });

    it('needs a live token, and keeps the files without one', async () => {
      await register();
      for (const pat of emulator.state.pats) pat.revoked = true;
      await assert.rejects(removeAgent({ token, directory: directoryOf('one') }), /VS30063|TF400813/);
      assert.equal(agents().length, 1);
      assert.ok(await stat(join(directoryOf('one'), '.agent')));
    });

    it('goes on if the server has no such agent any more', async () => {
      await register();
      agents().length = 0;
      const lines: string[] = [];
      await removeAgent({ token, directory: directoryOf('one'), log: (line) => lines.push(line) });
      assert.ok(lines.some((line) => line.startsWith('Does not exist.')));
    });

    it('leaves the server out where a file that it needs is missing, and succeeds', async () => {
      await removeAgent({ token, directory: folder });
      await register();
      await rm(join(directoryOf('one'), '.credentials'));
      await removeAgent({ token, directory: directoryOf('one') });
      assert.equal(agents().length, 1);
    });

    it('fails if the server does not confirm', async () => {
      await register();
      for (const status of [203, 404]) {
        emulator.plan({ operation: 'agents.delete', answer: { status, body: 'what?', contentType: 'text/html' } });
        await assert.rejects(removeAgent({ token, directory: directoryOf('one') }), new RegExp(`status ${status}`));
      }
      assert.ok(await stat(join(directoryOf('one'), '.agent')));
    });
  });
});
