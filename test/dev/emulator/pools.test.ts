import assert from 'node:assert/strict';
import { type Emulator, startEmulator } from '../../../dev/emulator';
import { basic, call, createPat, namesOf, pats, pools } from './calls';

describe('emulated agent pools', () => {
  let emulator: Emulator;
  let token: string;
  beforeEach(async () => {
    emulator = await startEmulator();
    ({ token } = await createPat(emulator));
  });
  afterEach(() => emulator.close());

  it('lists the pools that the caller can see', async () => {
    const reply = await pools(emulator, token);
    assert.equal(reply.status, 200);
    assert.equal(reply.json.count, reply.json.value.length);
    assert.ok(namesOf(reply).includes('Default'));
    assert.ok(namesOf(reply).includes('ReadOnly'));
    assert.ok(!namesOf(reply).includes('Private'));
    const [defaultPool] = reply.json.value;
    assert.deepEqual([defaultPool.id, defaultPool.isHosted, defaultPool.poolType], [1, false, 'automation']);
  });

  it('finds a pool by its name, in any case', async () => {
    assert.deepEqual(namesOf(await pools(emulator, token, { query: { poolName: 'build-linux' } })), ['Build-Linux']);
    assert.deepEqual(namesOf(await pools(emulator, token, { query: { poolName: 'Nowhere' } })), []);
  });

  it('keeps the pools on which the caller may do something', async () => {
    const probe = async (poolName: string, actionFilter: string) =>
      namesOf(await pools(emulator, token, { query: { poolName, actionFilter } })).length === 1;
    assert.equal(await probe('Default', 'manage'), true);
    assert.equal(await probe('Default', '2'), true);
    assert.equal(await probe('ReadOnly', 'manage'), false);
    assert.equal(await probe('ReadOnly', 'use'), false);
    assert.equal(await probe('ReadOnly', 'none'), true);
    assert.equal(await probe('UseOnly', 'manage'), false);
    assert.equal(await probe('UseOnly', 'use'), true);
    assert.equal(await probe('Azure Pipelines', 'manage'), false);
    assert.equal((await pools(emulator, token, { query: { actionFilter: 'own' } })).status, 400);
  });

  it('keeps pools of one type, and the first few', async () => {
    const deployment = namesOf(await pools(emulator, token, { query: { poolType: 'Deployment' } }));
    assert.deepEqual(deployment, ['Production', 'Fabrikam-Web-Servers', 'Fabrikam-production']);
    const automation = namesOf(await pools(emulator, token, { query: { poolType: '1' } }));
    assert.ok(automation.length > 1 && !automation.includes('Production'));
    assert.equal(namesOf(await pools(emulator, token, { query: { $top: '1' } })).length, 1);
    assert.equal((await pools(emulator, token, { query: { poolType: 'swimming' } })).status, 400);
  });

  it('answers 501 to a filter that it cannot read or does not have, and not another list', async () => {
    for (const query of [{ $top: 'few' }, { $top: '-1' }, { $top: '0' }, { poolIds: '1,two' }, { properties: '*' }]) {
      assert.equal((await pools(emulator, token, { query })).status, 501, JSON.stringify(query));
    }
    const details = { path: '/1/agents', query: { includeCapabilities: 'yes' } };
    assert.equal((await pools(emulator, token, details)).status, 501);
  });

  it('gives one pool by its id', async () => {
    assert.equal((await pools(emulator, token, { path: '/1' })).json.name, 'Default');
    const { id } = emulator.state.pool('Private');
    const hidden = await pools(emulator, token, { path: `/${id}` });
    assert.deepEqual([hidden.status, hidden.json.typeKey], [404, 'TaskAgentPoolNotFoundException']);
  });

  it('takes a version from the Accept header, and asks for one', async () => {
    const ask = (accept: string) =>
      call(`${emulator.organizationUrl}/_apis/distributedtask/pools`, {
        headers: { authorization: basic(token, 'VstsAgent'), accept },
      });
    assert.equal((await ask('application/json; api-version=5.1-preview.1')).status, 200);
    assert.equal((await ask('application/json')).json.typeKey, 'VssVersionNotSpecifiedException');
    assert.equal((await ask('application/json;api-version=7.2')).json.typeKey, 'VssInvalidPreviewVersionException');
    assert.equal((await ask('application/json;api-version=8.0')).json.typeKey, 'VssVersionOutOfRangeException');
  });

  describe('credentials', () => {
    const status = async (credential: string | undefined) => (await pools(emulator, credential)).status;

    it('takes a PAT as the password of any user', async () => {
      for (const user of ['', 'VstsAgent', 'PAT']) assert.equal(await status(basic(token, user)), 200);
      assert.equal(await status(`Bearer ${token}`), 401);
    });

    it('takes Entra tokens, as a password too', async () => {
      const full = emulator.userAccessToken({ scopes: ['user_impersonation'] });
      const app = emulator.servicePrincipalAccessToken();
      for (const value of [full, app]) {
        assert.equal(await status(`Bearer ${value}`), 200);
        assert.equal(await status(value), 200);
      }
      assert.equal(await status(emulator.userAccessToken({ scopes: ['vso.pats', 'vso.pats_manage'] })), 401);
    });

    it('refuses a PAT that is unknown, revoked or expired', async () => {
      assert.equal(await status(undefined), 401);
      assert.equal(await status('nonsense'), 401);
      const { authorizationId, token: revoked } = await createPat(emulator);
      await pats(emulator, 'DELETE', { query: { authorizationId } });
      assert.equal(await status(revoked), 401);
      assert.equal(await status(token), 200);
      emulator.state.clock.advance(61 * 60_000);
      assert.equal(await status(token), 401);
    });

    it('refuses a PAT of another organization, and of a user who has left', async () => {
      const [pat] = emulator.state.pats;
      assert.ok(pat);
      pat.targetAccounts = [crypto.randomUUID()];
      assert.equal(await status(token), 401);
      pat.targetAccounts = null;
      assert.equal(await status(token), 200);
      emulator.state.users.default.member = false;
      assert.equal(await status(token), 401);
    });

    it('looks at the scope', async () => {
      const sufficient = ['vso.agentpools', 'vso.machinegroup_manage', 'vso.environment_manage', 'app_token'];
      for (const scope of sufficient) assert.equal(await status((await createPat(emulator, { scope })).token), 200);
      assert.equal(await status((await createPat(emulator, { scope: 'vso.code vso.build' })).token), 401);
    });

    it('knows a service principal only as a member, and says so', async () => {
      const { principal, tenantId } = emulator.federated;
      const credential = emulator.servicePrincipalAccessToken({ principal });
      assert.equal(await status(credential), 200);
      principal.member = false;
      for (const form of [credential, `Bearer ${credential}`]) {
        const reply = await pools(emulator, form);
        const message = `TF401444: Please sign-in at least once as ${tenantId}\\${tenantId}\\${principal.oid} in a web browser to enable access to the service.`;
        assert.deepEqual([reply.status, reply.json.message], [401, message]);
        assert.equal(decodeURIComponent(reply.headers.get('x-tfs-serviceerror') ?? ''), message);
        assert.match(reply.headers.get('www-authenticate') ?? '', /^Bearer authorization_uri=/);
        assert.equal((await pools(emulator, form, { suppress: false })).status, 203);
      }
      emulator.state.signInAnswer = 'redirect';
      assert.equal((await pools(emulator, credential, { suppress: false })).status, 302);
      emulator.state.clock.advance(76 * 60_000);
      assert.match((await pools(emulator, credential)).json.message, /^TF400813/);
    });

    it('lets a service principal do what its role on a pool allows', async () => {
      const { principal } = emulator.federated;
      const credential = emulator.servicePrincipalAccessToken({ principal });
      const probe = async (actionFilter: string) =>
        namesOf(await pools(emulator, credential, { query: { poolName: 'Default', actionFilter } })).length === 1;
      const cases = [
        ['manage', true, true, true],
        ['use', false, true, true],
        ['view', false, false, true],
        ['none', false, false, false],
      ] as const;
      for (const [role, ...expected] of cases) {
        emulator.state.setPoolRole('Default', principal, role);
        assert.deepEqual([await probe('manage'), await probe('use'), await probe('none')], expected, role);
      }
    });

    it('says how to sign in, or shows the way there', async () => {
      const plain = await pools(emulator, 'nonsense');
      assert.match(plain.headers.get('www-authenticate') ?? '', /Bearer .*Basic realm=/);
      assert.match(plain.headers.get('x-tfs-serviceerror') ?? '', /^TF400813/);
      assert.equal((await pools(emulator, 'nonsense', { suppress: false })).status, 203);
      emulator.state.signInAnswer = 'redirect';
      assert.equal((await pools(emulator, 'nonsense', { suppress: false })).status, 302);
    });

    it('refuses a revoked or expired PAT, and says nothing else', async () => {
      const useless = [await createPat(emulator, { scope: 'vso.code' }), await createPat(emulator)] as const;
      (emulator.state.pats.at(-1) as { revoked: boolean }).revoked = true;
      for (const { token } of useless) {
        for (const suppress of [true, false]) {
          const { status, text, headers } = await pools(emulator, token, { suppress });
          assert.deepEqual([status, text, headers.get('content-type')], [401, '', null]);
          assert.equal(headers.get('www-authenticate'), `Basic realm="${emulator.url}/"`);
        }
      }
    });
  });
});
