import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type Emulator, startEmulator } from '../../../dev/emulator';
import { call, createPat, namesOf, pools } from './calls';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

function introduction(name: string) {
  const { e, n } = publicKey.export({ format: 'jwk' });
  const [exponent, modulus] = [e, n].map((part) => Buffer.from(part ?? '', 'base64url').toString('base64'));
  return {
    name,
    version: '4.248.0',
    osDescription: 'Linux',
    maxParallelism: 1,
    provisioningState: 'Provisioned',
    authorization: { publicKey: { exponent, modulus } },
    systemCapabilities: { 'Agent.Name': name, PATH: '/usr/bin' },
  };
}

function assertion(claims: Record<string, unknown> | string, key: KeyObject = privateKey): string {
  const input = [{ alg: 'RS256' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
}

describe('emulated agents', () => {
  let emulator: Emulator;
  let token: string;
  beforeEach(async () => {
    emulator = await startEmulator();
    ({ token } = await createPat(emulator));
  });
  afterEach(() => emulator.close());

  const add = (name: string, path = '/1/agents', credential = token) =>
    pools(emulator, credential, { path, method: 'POST', body: introduction(name) });

  it('adds an agent, and answers how it signs in', async () => {
    const { status, json } = await add('one');
    assert.equal(status, 200);
    assert.equal(json.authorization.authorizationUrl, `${emulator.organizationUrl}/_apis/oauth2/token`);
    assert.ok(json.authorization.clientId);
    assert.deepEqual(json.properties.ServerUrl, { $type: 'System.String', $value: `${emulator.organizationUrl}/` });
    const [agent] = emulator.state.pool('Default').agents;
    assert.deepEqual(agent?.systemCapabilities, { 'Agent.Name': 'one', PATH: '/usr/bin' });
    assert.equal(agent?.id, json.id);
  });

  it('lists agents by name, with capabilities if asked to', async () => {
    await add('one');
    await add('two');
    const list = (query: Record<string, string>) => pools(emulator, token, { path: '/1/agents', query });
    assert.deepEqual(namesOf(await list({})), ['one', 'two']);
    const [agent] = (await list({ agentName: 'TWO', includeCapabilities: 'true' })).json.value;
    assert.deepEqual([agent.name, agent.systemCapabilities.PATH, agent.status], ['two', '/usr/bin', 'offline']);
    const [bare] = (await list({ agentName: 'two', includeCapabilities: 'False' })).json.value;
    assert.equal(bare.systemCapabilities, undefined);
  });

  it('lets an agent come and go', async () => {
    const { id } = (await add('one')).json;
    const status = async () => (await pools(emulator, token, { path: `/1/agents/${id}` })).json.status;
    emulator.state.setAgentStatus('Default', 'one', 'online');
    assert.equal(await status(), 'online');
    emulator.state.setAgentStatus('Default', 'one', 'offline');
    assert.equal(await status(), 'offline');
    assert.throws(() => emulator.state.setAgentStatus('Default', 'two', 'online'), /no agent "two"/);
  });

  it('refuses a name twice', async () => {
    await add('one');
    const { status, json } = await add('ONE');
    assert.deepEqual([status, json.typeKey], [409, 'TaskAgentExistsException']);
    assert.equal(json.message, 'Pool Default already contains an agent with name ONE.');
    assert.equal((await add('one', '/2/agents')).status, 200);
  });

  it('replaces and deletes', async () => {
    const first = (await add('one')).json;
    const path = `/1/agents/${first.id}`;
    const body = { ...introduction('one'), systemCapabilities: { NEW: '1' } };
    const second = (await pools(emulator, token, { path, method: 'PUT', body })).json;
    assert.equal(second.id, first.id);
    assert.notEqual(second.authorization.clientId, first.authorization.clientId);
    assert.deepEqual(emulator.state.pool('Default').agents[0]?.systemCapabilities, { NEW: '1' });
    assert.equal((await pools(emulator, token, { path, method: 'DELETE' })).status, 204);
    assert.equal(emulator.state.pool('Default').agents.length, 0);
    const again = await pools(emulator, token, { path, method: 'DELETE' });
    assert.deepEqual([again.status, again.json.typeKey], [404, 'TaskAgentNotFoundException']);
  });

  it('asks for the Manage permission on the pool', async () => {
    const { id } = emulator.state.pool('UseOnly');
    const { status, json } = await add('one', `/${id}/agents`);
    assert.deepEqual([status, json.typeKey], [403, 'AccessDeniedException']);
    assert.match(json.message, /needs Manage permissions for pool UseOnly/);
    assert.equal((await add('one', '/99/agents')).json.typeKey, 'TaskAgentPoolNotFoundException');
  });

  it('asks for a scope that manages', async () => {
    const statusWith = async (scope: string) =>
      (await add(scope, '/1/agents', (await createPat(emulator, { scope })).token)).status;
    assert.equal(await statusWith('vso.agentpools'), 401);
    assert.equal(await statusWith('vso.machinegroup_manage'), 200);
    assert.equal(await statusWith('vso.environment_manage'), 200);
    assert.equal((await add('sp', '/1/agents', emulator.servicePrincipalAccessToken())).status, 200);
  });

  it('refuses an agent without a name or key', async () => {
    const body = { ...introduction('one'), authorization: {} };
    assert.equal((await pools(emulator, token, { path: '/1/agents', method: 'POST', body })).status, 400);
  });

  describe('signing in', () => {
    let clientId: string;
    let authorizationUrl: string;
    let now: number;
    beforeEach(async () => {
      ({ clientId, authorizationUrl } = (await add('one')).json.authorization);
      now = emulator.state.clock.now() / 1000;
    });

    const claims = () => ({ iss: clientId, sub: clientId, aud: authorizationUrl, nbf: now, exp: now + 300 });
    const exchange = (clientAssertion: string, grantType = 'client_credentials') =>
      call(authorizationUrl, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: grantType,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: clientAssertion,
        }),
      });

    it('gives a token for an assertion, which opens connectionData and no pool', async () => {
      const { status, json } = await exchange(assertion(claims()));
      assert.deepEqual([status, json.token_type], [200, 'bearer']);
      const authorization = `Bearer ${json.access_token}`;
      const connection = await call(`${emulator.organizationUrl}/_apis/connectionData`, { headers: { authorization } });
      assert.equal(connection.json.authenticatedUser.providerDisplayName, 'one');
      assert.equal((await pools(emulator, authorization)).status, 401);
    });

    it('refuses any other assertion', async () => {
      const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
      const forgeries = [
        assertion(claims(), stranger),
        assertion({ ...claims(), sub: 'someone else' }),
        assertion({ ...claims(), aud: 'https://elsewhere.example' }),
        assertion('not an object'),
        'nonsense',
      ];
      for (const forgery of forgeries) {
        const { status, json } = await exchange(forgery);
        assert.deepEqual([status, json.error], [400, 'invalid_client']);
      }
      assert.equal((await exchange(assertion(claims()), 'password')).json.error, 'unsupported_grant_type');
    });

    it('sends its own time to an agent whose clock is wrong', async () => {
      emulator.state.clock.advance(30 * 60_000);
      const { json } = await exchange(assertion(claims()));
      assert.match(json.error_description, /Current server time is /);
    });

    it('knows no agent that was deleted', async () => {
      emulator.state.pool('Default').agents.length = 0;
      assert.equal((await exchange(assertion(claims()))).json.error, 'invalid_client');
    });
  });
});
