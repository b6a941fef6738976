import assert from 'node:assert/strict';
import { type Emulator, startEmulator } from '../../../dev/emulator';
import { azureDevOps, call, claimsOf, pats, signIn } from './calls';

describe('emulated Entra', () => {
  let emulator: Emulator;
  beforeEach(async () => {
    emulator = await startEmulator();
  });
  afterEach(() => emulator.close());

  it('redeems a refresh token for an access token of the user', async () => {
    const { status, headers, json } = await signIn(emulator);
    assert.equal(status, 200);
    assert.match(headers.get('cache-control') ?? '', /no-store/);
    assert.equal(json.token_type, 'Bearer');
    assert.equal(json.scope, `${azureDevOps}/vso.pats ${azureDevOps}/vso.pats_manage`);
    assert.equal(json.expires_in, 75 * 60 - 1);
    assert.ok(json.access_token.length > 1000);
    const claims = claimsOf(json.access_token);
    const { oid, tid, upn } = emulator.state.users.default;
    assert.deepEqual(
      { aud: claims.aud, idtyp: claims.idtyp, oid: claims.oid, tid: claims.tid, upn: claims.upn, scp: claims.scp },
      { aud: azureDevOps, idtyp: 'user', oid, tid, upn, scp: 'vso.pats vso.pats_manage' },
    );
    assert.equal(claims.exp - claims.iat, 75 * 60);
    assert.ok(Math.abs(claims.iat - emulator.state.clock.now() / 1000) < 5);
  });

  it('hands out a new refresh token only for offline_access, and keeps the old one valid', async () => {
    assert.equal((await signIn(emulator)).json.refresh_token, undefined);
    const scope = `${azureDevOps}/vso.pats ${azureDevOps}/vso.pats_manage offline_access`;
    const { refresh_token: second } = (await signIn(emulator, { scope })).json;
    assert.notEqual(second, emulator.issuer.refreshToken);
    assert.equal((await signIn(emulator, { refresh_token: second })).status, 200);
    assert.equal((await signIn(emulator)).status, 200);
  });

  it('gives an id token for openid', async () => {
    const { json } = await signIn(emulator, { scope: `${azureDevOps}/.default openid` });
    assert.equal(claimsOf(json.id_token).aud, emulator.issuer.clientId);
    assert.equal(json.scope, `${azureDevOps}/vso.pats ${azureDevOps}/vso.pats_manage`);
  });

  it('takes the tenant by its domain', async () => {
    assert.equal((await signIn(emulator, {}, 'fabrikam.onmicrosoft.com')).status, 200);
  });

  it('answers where the endpoints of a tenant are, and knows no other tenant', async () => {
    const discover = (tenant: string) => call(`${emulator.url}/${tenant}/v2.0/.well-known/openid-configuration`);
    const { status, json } = await discover(emulator.issuer.tenantId);
    assert.equal(status, 200);
    assert.equal(json.token_endpoint, `${emulator.url}/${emulator.issuer.tenantId}/oauth2/v2.0/token`);
    assert.deepEqual((await discover('contoso.onmicrosoft.com')).json.error_codes, [90002]);
  });

  it('lets a public client redeem without a secret, and not with one', async () => {
    const { clientId } = emulator.state.applications.find(({ clientSecret }) => clientSecret === undefined) ?? {};
    assert.ok(clientId);
    const refreshToken = emulator.state.issueRefreshToken({ clientId }).value;
    const form = { client_id: clientId, refresh_token: refreshToken };
    assert.equal((await signIn(emulator, { ...form, client_secret: undefined })).status, 200);
    assert.deepEqual((await signIn(emulator, form)).json.error_codes, [700025]);
  });

  it('refuses in the form in which Entra refuses', async () => {
    const { status, json } = await signIn(emulator, { client_secret: 'wrong' });
    assert.equal(status, 401);
    assert.equal(json.error, 'invalid_client');
    assert.match(
      json.error_description,
      new RegExp(`^AADSTS7000215: .* Trace ID: ${json.trace_id} Correlation ID: ${json.correlation_id} Timestamp: `),
    );
    assert.ok(json.timestamp && json.error_uri);
  });

  const refusals: Array<[string, Record<string, string | undefined>, number, string, number]> = [
    ['an application it does not know', { client_id: 'unknown' }, 700016, 'unauthorized_client', 400],
    ['a missing secret', { client_secret: undefined }, 7000218, 'invalid_client', 401],
    ['a refresh token it does not know', { refresh_token: 'nonsense' }, 50173, 'invalid_grant', 400],
    ['a scope that does not exist', { scope: `${azureDevOps}/vso.nonsense` }, 70011, 'invalid_scope', 400],
    ['a scope of another resource', { scope: 'https://management.azure.com/.default' }, 70011, 'invalid_scope', 400],
    ['a scope without consent', { scope: `${azureDevOps}/vso.code` }, 65001, 'invalid_grant', 400],
    ['a missing scope', { scope: undefined }, 900144, 'invalid_request', 400],
  ];
  for (const [what, changes, code, error, expectedStatus] of refusals) {
    it(`refuses ${what}`, async () => {
      const { status, json } = await signIn(emulator, changes);
      assert.deepEqual([status, json.error, json.error_codes], [expectedStatus, error, [code]]);
    });
  }

  it('refuses a tenant it does not know', async () => {
    const { status, json } = await signIn(emulator, {}, '00000000-0000-0000-0000-000000000001');
    assert.deepEqual([status, json.error_codes], [400, [90002]]);
  });

  it('refuses a refresh token that is expired, revoked, or of another application', async () => {
    const { state, issuer } = emulator;
    const codes = async (refreshToken: string) =>
      (await signIn(emulator, { refresh_token: refreshToken })).json.error_codes;
    const expired = state.issueRefreshToken({ lifetimeMinutes: 1 });
    state.clock.advance(61_000);
    assert.deepEqual(await codes(expired.value), [700082]);
    const stranger = state.issueRefreshToken({ clientId: state.applications[1]?.clientId ?? '' });
    assert.deepEqual(await codes(stranger.value), [70000]);
    for (const token of state.refreshTokens) token.revoked = true;
    assert.deepEqual(await codes(issuer.refreshToken), [50173]);
  });

  it('refuses an expired secret', async () => {
    const [application] = emulator.state.applications;
    assert.ok(application);
    application.secretExpiresAt = emulator.state.clock.now() - 1;
    assert.deepEqual((await signIn(emulator)).json.error_codes, [7000222]);
  });

  it('gives an application a token of its own', async () => {
    const application = emulator.state.applications[2];
    assert.ok(application?.clientSecret);
    const form = {
      grant_type: 'client_credentials',
      client_id: application.clientId,
      client_secret: application.clientSecret,
    };
    const { status, json } = await signIn(emulator, { ...form, scope: `${azureDevOps}/.default` });
    assert.equal(status, 200);
    const claims = claimsOf(json.access_token);
    assert.deepEqual([claims.idtyp, claims.appid, claims.scp], ['app', application.clientId, undefined]);
    assert.equal(json.refresh_token, undefined);
    const narrow = await signIn(emulator, { ...form, scope: `${azureDevOps}/vso.pats` });
    assert.deepEqual(narrow.json.error_codes, [1002012]);
    emulator.state.servicePrincipals.length = 0;
    const stranger = await signIn(emulator, { ...form, scope: `${azureDevOps}/.default` });
    assert.deepEqual(stranger.json.error_codes, [7000229]);
  });

  it('answers 501 to a grant and to a pair of credentials it does not know', async () => {
    assert.equal((await signIn(emulator, { grant_type: 'password' })).status, 501);
    assert.equal((await signIn(emulator, { client_assertion: 'x' })).status, 501);
  });

  it('refuses a body that is not a form', async () => {
    const url = `${emulator.url}/${emulator.issuer.tenantId}/oauth2/v2.0/token`;
    const headers = { 'content-type': 'application/json' };
    assert.deepEqual((await call(url, { method: 'POST', headers, body: '{}' })).json.error_codes, [900144]);
  });

  it('makes tokens as if they came from elsewhere', async () => {
    const list = (token: string) => pats(emulator, 'GET', { token, query: { displayFilterOption: 'all' } });
    const opaque = emulator.userAccessToken({ opaque: true });
    assert.ok(!opaque.includes('.'));
    assert.equal((await list(opaque)).status, 200);
    const short = emulator.userAccessToken({ lifetimeMinutes: 5, user: 'colleague' });
    assert.equal(claimsOf(short).oid, emulator.state.users.colleague.oid);
    assert.equal((await list(short)).status, 200);
    emulator.state.clock.advance(5 * 60_000);
    assert.equal((await list(short)).status, 401);
    assert.equal(claimsOf(emulator.servicePrincipalAccessToken()).idtyp, 'app');
    assert.throws(() => emulator.userAccessToken({ user: 'unknown' }), /no user "unknown"/);
  });
});
