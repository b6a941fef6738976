import assert from 'node:assert/strict';
import { type Emulator, startEmulator } from '../../../dev/emulator';
import { basic, claimsOf, requestIdentityToken } from './calls';

describe('emulated identity tokens', () => {
  let emulator: Emulator;
  beforeEach(async () => {
    emulator = await startEmulator();
  });
  afterEach(() => emulator.close());

  it('states which connection a job may use, for ten minutes', async () => {
    const { status, json } = await requestIdentityToken(emulator);
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(json), ['oidcToken']);
    const { jti, iat, nbf, exp, ...claims } = claimsOf(json.oidcToken);
    assert.deepEqual(claims, {
      iss: `https://login.microsoftonline.com/${emulator.state.tenantId}/v2.0`,
      sub: 'sc://fabrikam/Fabrikam/fabrikam-agents',
      aud: 'api://AzureADTokenExchange',
    });
    assert.deepEqual([exp - iat, nbf], [600, iat]);
    assert.ok(Math.abs(iat - emulator.state.clock.now() / 1000) < 5);
    assert.notEqual(claimsOf((await requestIdentityToken(emulator)).json.oidcToken).jti, jti);
    assert.equal(emulator.requests[0]?.operation, 'oidc.token');
  });

  it('finds every connection that was registered, by its id in any case', async () => {
    const id = emulator.addFederatedConnection('more agents', { project: 'Web shop' });
    const { json } = await requestIdentityToken(emulator, { query: { serviceConnectionId: id.toUpperCase() } });
    assert.equal(claimsOf(json.oidcToken).sub, 'sc://fabrikam/Web shop/more agents');
    const given = crypto.randomUUID();
    assert.equal(emulator.addFederatedConnection('with an id', { id: given }), given);
  });

  it('takes a project by its name or any id, the hub of a release, and an empty object as its body', async () => {
    for (const options of [{ project: 'fabrikam' }, { hub: 'release' }, { body: '{}' }]) {
      assert.equal((await requestIdentityToken(emulator, options)).status, 200, JSON.stringify(options));
    }
    for (const version of ['7.1-preview.1', '7.1-preview', '7.2-preview.1']) {
      assert.equal((await requestIdentityToken(emulator, { query: { 'api-version': version } })).status, 200, version);
    }
  });

  it('knows no connection of another id or project', async () => {
    for (const options of [{ query: { serviceConnectionId: crypto.randomUUID() } }, { project: 'Elsewhere' }]) {
      const { status, json } = await requestIdentityToken(emulator, options);
      assert.deepEqual([status, json.typeKey], [404, 'ServiceEndpointNotFoundException']);
    }
  });

  it("is there for the job's own token alone, as a bearer token", async () => {
    const { jobAccessToken } = emulator.state;
    const others = [
      undefined,
      basic(jobAccessToken),
      `Bearer ${jobAccessToken}x`,
      `Bearer ${emulator.servicePrincipalAccessToken()}`,
      `Bearer ${emulator.userAccessToken()}`,
    ];
    for (const authorization of others) {
      const { status, headers } = await requestIdentityToken(emulator, { authorization, suppress: true });
      assert.equal(status, 401);
      assert.match(headers.get('x-tfs-serviceerror') ?? '', /^TF400813/);
    }
    assert.equal((await requestIdentityToken(emulator, { authorization: undefined })).status, 203);
    emulator.state.signInAnswer = 'redirect';
    assert.equal((await requestIdentityToken(emulator, { authorization: undefined })).status, 302);
  });

  it('refuses what it cannot read', async () => {
    const typeKey = async (options: Parameters<typeof requestIdentityToken>[1]) =>
      (await requestIdentityToken(emulator, options)).json.typeKey;
    assert.equal(await typeKey({ query: { 'api-version': undefined } }), 'VssVersionNotSpecifiedException');
    assert.equal(await typeKey({ query: { 'api-version': '7.2' } }), 'VssInvalidPreviewVersionException');
    assert.equal(await typeKey({ query: { 'api-version': '6.0' } }), 'VssVersionOutOfRangeException');
    assert.equal(await typeKey({ body: 'nonsense' }), 'JsonReaderException');
  });

  it('answers 501 to what it does not know', async () => {
    for (const options of [{ query: { serviceConnectionId: undefined } }, { hub: 'gates' }, { jobId: '1' }]) {
      assert.equal((await requestIdentityToken(emulator, options)).status, 501);
    }
  });

  it('misbehaves where a fault is planned', async () => {
    emulator.plan({ operation: 'oidc.token', answer: { status: 503 } });
    assert.equal((await requestIdentityToken(emulator)).status, 503);
    assert.equal((await requestIdentityToken(emulator)).status, 200);
  });
});
