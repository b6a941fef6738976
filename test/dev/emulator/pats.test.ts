import assert from 'node:assert/strict';
import { type Emulator, startEmulator } from '../../../dev/emulator';
import { basic, createPat, order, pats, pools } from './calls';

const minute = 60_000;
const day = 24 * 60 * minute;
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('emulated personal access tokens', () => {
  let emulator: Emulator;
  beforeEach(async () => {
    emulator = await startEmulator();
  });
  afterEach(() => emulator.close());

  const create = (changes: Record<string, unknown> = {}) => pats(emulator, 'POST', { body: order(emulator, changes) });
  const errorOf = async (changes: Record<string, unknown> = {}) => {
    const { status, json } = await create(changes);
    assert.equal(json.patToken, null);
    return [status, json.patTokenError];
  };

  describe('create', () => {
    it('creates what was asked, with a token in the modern shape', async () => {
      emulator.state.clock.set(Date.parse('2026-11-02T22:56:52.104Z'));
      const { status, headers, json } = await pats(emulator, 'POST', {
        body: order(emulator, { displayName: 'new', scope: 'vso.work vso.graph', validTo: '2026-11-09T00:00:00.319Z' }),
      });
      assert.equal(status, 200);
      assert.equal(headers.get('content-type'), 'application/json; charset=utf-8');
      const { authorizationId, token: value, validFrom, ...rest } = json.patToken;
      assert.deepEqual(rest, {
        displayName: 'new',
        scope: 'vso.work vso.graph',
        targetAccounts: [emulator.state.organizationId],
        validTo: '2026-11-09T00:00:00.32Z',
      });
      assert.match(validFrom, /^2026-11-02T22:56:5\d(\.\d{1,7})?Z$/);
      assert.match(authorizationId, guid);
      assert.equal(json.patTokenError, 'none');
      assert.match(value, /^[0-9A-Za-z]{52}JQQJ99[A-Z][A-L][0-9A-Za-z]{12}AAAAAZDO[0-9A-Za-z]{4}$/);
      assert.equal(value.length, 84);
    });

    it('writes times with up to seven decimals', async () => {
      emulator.state.clock.set(Date.parse('2026-11-02T22:56:52.500Z'));
      const { json } = await create({ validTo: '2026-11-09T00:00:00.1033333Z' });
      assert.equal(json.patToken.validTo, '2026-11-09T00:00:00.1033333Z');
      const whole = await create({ validTo: '2026-11-09T00:00:00Z' });
      assert.equal(whole.json.patToken.validTo, '2026-11-09T00:00:00Z');
    });

    it('gives 30 days where none are asked for, and a year at most', async () => {
      const from = emulator.state.clock.now();
      const validToOf = async (validTo: unknown) =>
        Date.parse((await create({ validTo })).json.patToken.validTo) - from;
      assert.ok(Math.abs((await validToOf(undefined)) - 30 * day) < minute);
      assert.ok(Math.abs((await validToOf(new Date(from + 900 * day).toISOString())) - 365 * day) < minute);
    });

    it('reaches every organization if asked to, until 1 December 2026', async () => {
      const { clock } = emulator.state;
      clock.set(Date.parse('2026-11-30T23:00:00Z'));
      const validTo = '2026-12-02T00:00:00Z';
      const { token } = await createPat(emulator, { allOrgs: true, validTo });
      assert.equal(emulator.state.pats[0]?.targetAccounts, null);
      assert.equal((await pools(emulator, token)).status, 200);
      clock.set(Date.parse('2026-12-01T00:00:00Z'));
      assert.deepEqual(await errorOf({ allOrgs: true, validTo }), [200, 'globalPATCreationBlocked']);
      assert.equal((await pools(emulator, token)).status, 401);
    });

    it('answers 501 to what it does not know of an order, and makes nothing', async () => {
      for (const changes of [
        { colour: 'red' },
        { authorizationId: crypto.randomUUID() },
        { validTo: '2027-01-31T12:00:00' },
        { validTo: 'January 31, 2027' },
      ]) {
        assert.equal((await create(changes)).status, 501, JSON.stringify(changes));
      }
      assert.equal((await pats(emulator, 'POST', { query: { $top: '1' }, body: order(emulator) })).status, 501);
      assert.equal(emulator.state.pats.length, 0);
    });

    it('lets two tokens have one name', async () => {
      const [first, second] = [await createPat(emulator), await createPat(emulator)];
      assert.notEqual(first.authorizationId, second.authorizationId);
      assert.equal(emulator.activeTokens().length, 2);
    });

    it('answers 200 and an error to what is wrong with an order', async () => {
      assert.deepEqual(await errorOf({ displayName: '' }), [200, 'displayNameRequired']);
      assert.deepEqual(await errorOf({ scope: undefined }), [200, 'invalidScope']);
      assert.deepEqual(await errorOf({ scope: 'vso.agentpools_manage vso.nonsense' }), [200, 'invalidScope']);
      assert.deepEqual(await errorOf({ scope: 'vso.agentpools,vso.code' }), [200, 'invalidScope']);
      assert.deepEqual(await errorOf({ validTo: '2020-01-01T00:00:00Z' }), [200, 'invalidValidTo']);
      assert.equal(emulator.state.pats.length, 0);
    });

    it('applies the policies', async () => {
      const { policies } = emulator.state;
      emulator.state.clock.set(Date.parse('2026-11-02T00:00:00Z'));
      policies.restrictGlobalPats = true;
      assert.deepEqual(await errorOf({ allOrgs: true }), [200, 'globalPatPolicyViolation']);
      policies.restrictFullScopePats = true;
      assert.deepEqual(await errorOf({ scope: 'app_token' }), [200, 'fullScopePatPolicyViolation']);
      policies.restrictPatCreation = true;
      assert.deepEqual(await errorOf(), [200, 'disablePatCreationPolicyViolation']);
      emulator.state.patErrorStatus = 403;
      assert.deepEqual(await errorOf(), [403, 'disablePatCreationPolicyViolation']);
    });

    it('cuts a lifetime that the policy forbids, or refuses it', async () => {
      const { policies, clock } = emulator.state;
      policies.maximumLifespanMinutes = 10;
      const { json } = await create();
      assert.ok(Math.abs(Date.parse(json.patToken.validTo) - clock.now() - 10 * minute) < 5000);
      policies.lifespan = 'refuse';
      assert.deepEqual(await errorOf(), [200, 'patLifespanPolicyViolation']);
    });

    it('refuses JSON it cannot read', async () => {
      for (const body of [
        '{',
        '[]',
        ...[{ validTo: 'soon' }, { validTo: 2030 }, { displayName: 5 }].map((changes) =>
          JSON.stringify(order(emulator, changes)),
        ),
      ]) {
        const { status, json } = await pats(emulator, 'POST', { body });
        assert.deepEqual([status, json.typeKey], [400, 'JsonReaderException']);
        assert.match(json.message, /^TF400898: An Internal Error Occurred\. Activity Id: /);
      }
    });
  });

  describe('get and update', () => {
    it('answers the properties of a token, but not its value', async () => {
      const { authorizationId } = await createPat(emulator);
      const { json } = await pats(emulator, 'GET', { query: { authorizationId } });
      assert.equal(json.patToken.authorizationId, authorizationId);
      assert.equal(json.patToken.token, null);
      const unknown = await pats(emulator, 'GET', { query: { authorizationId: crypto.randomUUID() } });
      assert.equal(unknown.json.patTokenError, 'tokenNotFound');
      assert.equal((await pats(emulator, 'GET', { query: { authorizationId: 'x' } })).status, 400);
    });

    it('changes what the update names', async () => {
      const { authorizationId } = await createPat(emulator);
      const validTo = new Date(emulator.state.clock.now() + 5 * minute).toISOString();
      const body = { authorizationId, displayName: 'renamed', scope: 'vso.agentpools', validTo };
      const { json } = await pats(emulator, 'PUT', { body });
      const { displayName, scope, token } = json.patToken;
      assert.deepEqual([displayName, scope, token], ['renamed', 'vso.agentpools', null]);
      emulator.state.clock.advance(5 * minute);
      assert.equal(emulator.activeTokens().length, 0);
    });

    it('answers 501 to what it does not know of a change, and changes nothing', async () => {
      const { authorizationId } = await createPat(emulator);
      for (const changes of [{ displayName: '' }, { authorizationId: 'x' }, { patTokenError: 'none' }]) {
        const { status } = await pats(emulator, 'PUT', { body: { authorizationId, ...changes } });
        assert.equal(status, 501, JSON.stringify(changes));
      }
      emulator.state.policies.restrictPatCreation = true;
      assert.equal((await pats(emulator, 'PUT', { body: { authorizationId, displayName: 'x' } })).status, 501);
      assert.equal(emulator.state.pats[0]?.displayName, 'a token');
    });

    it('does not change what is unknown, revoked or expired', async () => {
      const { authorizationId } = await createPat(emulator);
      const errorOf = async (body: unknown) => (await pats(emulator, 'PUT', { body })).json.patTokenError;
      assert.equal(await errorOf({}), 'invalidAuthorizationId');
      assert.equal(await errorOf({ authorizationId: crypto.randomUUID() }), 'tokenNotFound');
      emulator.state.clock.advance(2 * 60 * minute);
      const validTo = new Date(emulator.state.clock.now() + day).toISOString();
      assert.equal(await errorOf({ authorizationId, validTo }), 'expiredPatCannotBeExtended');
      assert.equal((await pats(emulator, 'PUT', { body: { authorizationId, displayName: 'x' } })).status, 501);
      await pats(emulator, 'DELETE', { query: { authorizationId } });
      assert.equal(await errorOf({ authorizationId, displayName: 'x' }), 'tokenNotFound');
    });
  });

  describe('revoke', () => {
    it('revokes at once, in any case of path and parameter', async () => {
      const { authorizationId } = await createPat(emulator);
      assert.equal(emulator.activeTokens().length, 1);
      const { status, text } = await pats(emulator, 'DELETE', { query: { AuthorizationId: authorizationId } });
      assert.deepEqual([status, text], [204, '']);
      assert.equal(emulator.activeTokens().length, 0);
    });

    it('answers to an unknown or already revoked id as the plan says', async () => {
      const { authorizationId } = await createPat(emulator);
      const revoke = (id: string) => pats(emulator, 'DELETE', { query: { authorizationId: id } });
      await revoke(authorizationId);
      const again = await revoke(authorizationId);
      assert.deepEqual([again.status, again.json.typeKey], [404, 'SessionTokenNotFoundException']);
      emulator.state.revokeUnknown = 'noContent';
      assert.equal((await revoke(authorizationId)).status, 204);
      emulator.state.revokeUnknown = 'notFoundStatus';
      const bare = await revoke(crypto.randomUUID());
      assert.deepEqual([bare.status, bare.text], [404, '']);
      emulator.state.revokeUnknown = 'tokenNotFound';
      const inside = await revoke(crypto.randomUUID());
      assert.deepEqual([inside.status, inside.json.patTokenError], [200, 'tokenNotFound']);
    });

    it("does not touch another user's token", async () => {
      const { authorizationId } = await createPat(emulator);
      const token = emulator.userAccessToken({ user: 'colleague' });
      const { status } = await pats(emulator, 'DELETE', { token, query: { authorizationId } });
      assert.equal(status, 404);
      assert.equal(emulator.activeTokens().length, 1);
    });

    it('refuses what is not an id', async () => {
      assert.equal((await pats(emulator, 'DELETE', { query: { authorizationId: 'x' } })).status, 400);
      assert.equal((await pats(emulator, 'DELETE')).status, 400);
    });
  });

  describe('who may call', () => {
    const list = (options: Parameters<typeof pats>[2]) =>
      pats(emulator, 'GET', { query: { displayFilterOption: 'active' }, ...options });
    const suppress = { 'X-TFS-FedAuthRedirect': 'Suppress' };

    it('refuses service principals in the words of the service', async () => {
      const { status, json } = await list({ token: emulator.servicePrincipalAccessToken() });
      assert.equal(status, 403);
      assert.deepEqual(json, {
        $id: '1',
        innerException: null,
        message: 'Service principals are not allowed to perform this action.',
        typeName:
          'Microsoft.TeamFoundation.Framework.Server.InvalidAccessException, Microsoft.TeamFoundation.Framework.Server',
        typeKey: 'InvalidAccessException',
        errorCode: 0,
        eventId: 3000,
      });
    });

    it('refuses a PAT, and an Entra token as a password', async () => {
      const { token } = await createPat(emulator);
      for (const password of [token, emulator.userAccessToken()]) {
        const { status, json } = await list({ authorization: basic(password) });
        assert.deepEqual([status, json.typeKey], [401, 'InvalidAccessException']);
        assert.equal(json.message, 'The requested operation is not allowed.');
      }
    });

    it('asks for both scopes', async () => {
      for (const scopes of [['vso.pats'], ['vso.pats_manage'], ['vso.pats', 'vso.tokens']]) {
        assert.equal((await list({ token: emulator.userAccessToken({ scopes }) })).status, 401, scopes.join(' '));
      }
      assert.equal((await list({ token: emulator.userAccessToken({ scopes: ['user_impersonation'] }) })).status, 200);
    });

    it('refuses a token of Entra that is no use here, redirects or not', async () => {
      const expired = emulator.userAccessToken({ lifetimeMinutes: -1 });
      const forged = `${emulator.userAccessToken().slice(0, -8)}AAAAAAAA`;
      const outsider = emulator.userAccessToken({ user: 'outsider' });
      for (const token of [expired, forged, outsider]) {
        for (const headers of [{}, suppress]) {
          const refused = await list({ token, headers });
          assert.equal(refused.status, 401);
          assert.match(refused.headers.get('www-authenticate') ?? '', /^Bearer authorization_uri=http[^,]*$/);
          assert.equal(refused.headers.get('x-vss-resourcetenant'), emulator.state.tenantId);
          assert.deepEqual([...refused.bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
          assert.equal(refused.json.typeKey, 'InvalidIdentityException');
          assert.match(refused.json.message, /^TF400813: /);
        }
      }
    });

    it('refuses the tokens of another tenant than the organization’s, and names its own', async () => {
      const token = emulator.userAccessToken();
      emulator.state.organizationTenantId = 'ffffffff-1111-2222-3333-444444444444';
      const refused = await list({ token });
      assert.equal(refused.status, 401);
      assert.equal(refused.headers.get('x-vss-resourcetenant'), 'ffffffff-1111-2222-3333-444444444444');
    });

    it('sends anyone else to sign in', async () => {
      const page = await list({ token: 'nonsense' });
      assert.equal(page.status, 203);
      assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
      assert.match(page.text, /Sign In/);
      const plain = await list({ token: 'nonsense', headers: suppress });
      assert.equal(plain.status, 401);
      assert.match(plain.headers.get('www-authenticate') ?? '', /^Bearer authorization_uri=http/);
      assert.equal(plain.json.typeKey, 'UnauthorizedRequestException');
      emulator.state.signInAnswer = 'redirect';
      const { status, headers, text } = await list({ token: 'nonsense' });
      assert.equal(status, 302);
      assert.match(headers.get('location') ?? '', /\/_signin\?realm=vssps\.dev\.azure\.com&reply_to=/);
      assert.match(text, /Object moved/);
    });

    it('asks for an API version that it offers', async () => {
      const typeKeyOf = async (version: string | null) => {
        const { status, json } = await list({ version });
        return [status, json.typeKey];
      };
      assert.equal((await list({ version: '7.2-preview.1' })).status, 200);
      const accept = { Accept: 'application/json;api-version=7.1-preview.1' };
      assert.equal((await list({ version: null, headers: accept })).status, 200);
      assert.deepEqual(await typeKeyOf(null), [400, 'VssVersionNotSpecifiedException']);
      assert.deepEqual(await typeKeyOf('7.1'), [400, 'VssInvalidPreviewVersionException']);
      assert.deepEqual(await typeKeyOf('9.0-preview.1'), [400, 'VssVersionOutOfRangeException']);
    });

    it('can begin errors with a byte order mark', async () => {
      emulator.state.bomOnErrors = true;
      const response = await fetch(`${emulator.organizationUrl}/_apis/tokens/pats`, {
        headers: { authorization: `Bearer ${emulator.servicePrincipalAccessToken()}` },
      });
      const bytes = Buffer.from(await response.arrayBuffer());
      assert.equal(bytes.subarray(0, 3).toString('hex'), 'efbbbf');
    });
  });
});
