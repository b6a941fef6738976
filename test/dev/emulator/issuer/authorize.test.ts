import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { type Emulator, startEmulator } from '../../../../dev/emulator';
import type { User } from '../../../../dev/emulator/directory/entities';
import { bothScopes, call, claimsOf, pats, type Reply, signIn } from '../calls';
import { consentOf, graphCall, registerApp } from './graph-calls';

const redirect = 'http://localhost:8400/signed-in';

describe('emulated sign-in page', () => {
  let emulator: Emulator;
  let token: string;
  let issuer: Awaited<ReturnType<typeof registerApp>>;
  let user: User;
  let secret: string;
  const verifier = randomBytes(32).toString('base64url');
  beforeEach(async () => {
    emulator = await startEmulator();
    token = emulator.azureCliToken(emulator.addAdministrator(), 'graph');
    user = emulator.state.users.default;
    issuer = await registerApp(emulator, token, {
      spa: { redirectUris: ['http://localhost/spa'] },
      publicClient: { redirectUris: ['http://localhost/desktop'] },
    });
    const added = await graphCall(emulator, `POST /applications/${issuer.app.id}/addPassword`, { token, body: {} });
    secret = added.json.secretText;
    await graphCall(emulator, 'POST /oauth2PermissionGrants', { token, body: consentOf(user.oid, issuer) });
  });
  afterEach(() => emulator.close());

  const tenant = () => `${emulator.url}/${emulator.state.tenantId}`;
  const open = (changes: Record<string, string | undefined> = {}) => {
    const query = {
      client_id: issuer.app.appId,
      response_type: 'code',
      redirect_uri: redirect,
      scope: `${bothScopes} offline_access`,
      state: 'some state',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      login_hint: user.upn,
      ...changes,
    };
    const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return call(`${tenant()}/oauth2/v2.0/authorize?${new URLSearchParams(given)}`);
  };
  const contextOf = ({ text }: Reply) => /name="ctx" value="([^"]+)"/.exec(text)?.[1] ?? '';
  const submit = (page: Reply, fields: Record<string, string>, where = 'login') =>
    call(`${tenant()}/${where}`, { method: 'POST', body: new URLSearchParams({ ctx: contextOf(page), ...fields }) });
  const enter = (page: Reply, who = user) => submit(page, { login: who.upn, passwd: who.password ?? '' });
  const landed = ({ headers }: Reply) => Object.fromEntries(new URL(headers.get('location') ?? '').searchParams);
  const codeFor = async (changes = {}) => landed(await enter(await open(changes))).code ?? '';
  const redeem = (code: string, changes: Record<string, string | undefined> = {}) =>
    signIn(emulator, {
      grant_type: 'authorization_code',
      client_id: issuer.app.appId,
      client_secret: secret,
      code,
      code_verifier: verifier,
      redirect_uri: redirect,
      refresh_token: undefined,
      scope: undefined,
      ...changes,
    });
  const code = async (reply: Promise<Reply>) => (await reply).json.error_codes?.[0] ?? 'granted';

  it('signs a person in and gives a code, which is good once', async () => {
    const page = await open();
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
    assert.ok(page.text.includes(`value="${user.upn}"`));
    const answer = await enter(page);
    assert.equal(answer.status, 302);
    const { state, code: given = '' } = landed(answer);
    assert.equal(state, 'some state');
    const { json } = await redeem(given);
    assert.equal(claimsOf(json.access_token).oid, user.oid);
    const list = { token: json.access_token, query: { displayFilterOption: 'all' } };
    assert.equal((await pats(emulator, 'GET', list)).status, 200);
    assert.equal(await code(redeem(given)), 54005);
    const again = { client_id: issuer.app.appId, client_secret: secret, refresh_token: json.refresh_token };
    assert.equal(await code(signIn(emulator, again)), 'granted');
    assert.equal(await code(signIn(emulator, { ...again, client_secret: undefined })), 7000218);
    assert.equal((await submit(page, { login: user.upn, passwd: user.password ?? '' })).status, 200);
  });

  it('redeems a code for the right verifier, redirect, proof and time alone', async () => {
    const given = await codeFor();
    assert.equal(await code(redeem(given, { code_verifier: 'wrong' })), 501481);
    assert.equal(await code(redeem(given, { code_verifier: undefined })), 501481);
    assert.equal(await code(redeem(given, { redirect_uri: 'http://localhost:8400/other' })), 500112);
    assert.equal(await code(redeem(given, { client_secret: undefined })), 7000218);
    assert.equal(await code(redeem(given, { client_secret: 'wrong' })), 7000215);
    assert.equal(await code(redeem('nonsense')), 9002313);
    assert.equal(await code(redeem(given, { scope: `${bothScopes} offline_access` })), 'granted');
    const late = await codeFor();
    emulator.state.clock.advance(10 * 60_000);
    assert.equal(await code(redeem(late)), 70008);
  });

  it('asks each platform of redirects for its own proof', async () => {
    const desktop = { redirect_uri: 'http://localhost:9999/desktop' };
    const none = { client_secret: undefined };
    assert.equal(await code(redeem(await codeFor(desktop), desktop)), 700025);
    assert.equal(await code(redeem(await codeFor(desktop), { ...desktop, ...none })), 'granted');
    const spa = { redirect_uri: 'http://localhost:9999/spa' };
    assert.equal(await code(redeem(await codeFor(spa), { ...spa, ...none })), 9002327);
    assert.match(landed(await open({ ...spa, code_challenge: undefined })).error_description ?? '', /^AADSTS9002325/);
  });

  it('refuses on the page what the application must not get to know', async () => {
    const shown = async (page: Promise<Reply>) => /AADSTS(\d+)/.exec((await page).text)?.[1];
    assert.equal(await shown(open({ redirect_uri: 'http://localhost:8400/other' })), '50011');
    assert.equal(await shown(open({ redirect_uri: 'https://evil.example/signed-in' })), '50011');
    assert.equal(await shown(open({ client_id: 'unknown' })), '700016');
    const page = await open();
    assert.equal(await shown(submit(page, { login: 'unknown@fabrikam.example', passwd: 'x' })), '50034');
    assert.equal(await shown(submit(page, { login: user.upn, passwd: 'wrong' })), '50126');
    assert.equal(await shown(submit(page, { ctx: 'nonsense', login: user.upn, passwd: 'x' })), '165000');
    user.disabled = true;
    assert.equal(await shown(enter(page)), '50057');
    user.disabled = false;
    const principal = emulator.state.servicePrincipals.find(({ oid }) => oid === issuer.principal.id);
    assert.ok(principal);
    principal.assignmentRequired = true;
    assert.equal(await shown(enter(page)), '50105');
  });

  it('sends other refusals back to the application', async () => {
    const refused = async (changes: Record<string, string>) => landed(await open(changes));
    assert.equal((await refused({ response_type: 'token' })).error, 'unsupported_response_type');
    assert.equal((await refused({ prompt: 'none' })).error, 'login_required');
    const { error, state } = await refused({ scope: 'nonsense' });
    assert.deepEqual([error, state], ['invalid_scope', 'some state']);
    assert.equal((await open({ response_mode: 'form_post' })).status, 501);
    assert.equal((await open({ code_challenge_method: 'plain' })).status, 501);
  });

  it('asks a person for consent, or for their administrator', async () => {
    const { colleague } = emulator.state.users;
    assert.match((await enter(await open(), colleague)).text, /AADSTS90094/);
    emulator.state.directory.usersMayConsent = true;
    const asked = await enter(await open(), colleague);
    assert.match(asked.text, /<li>vso\.pats<\/li><li>vso\.pats_manage<\/li>/);
    const cancelled = landed(await submit(asked, { decision: 'cancel' }, 'consent'));
    assert.equal(cancelled.error, 'access_denied');
    const accepted = landed(await submit(asked, { decision: 'accept' }, 'consent'));
    assert.equal(await code(redeem(accepted.code ?? '')), 'granted');
    assert.equal((await enter(await open(), colleague)).status, 302);
    const guest = emulator.addUser({ alias: 'guest', guest: true });
    assert.match((await enter(await open(), guest)).text, /Permissions requested/);
  });

  it('escapes what it is given', async () => {
    const { text } = await open({ login_hint: '"><script>alert(1)</script>' });
    assert.ok(!text.includes('<script>'));
  });

  it('works with an identity token in place of the secret', async () => {
    const endpoint = emulator.addServiceEndpoint({
      name: 'issuer',
      type: 'Generic',
      scheme: 'WorkloadIdentityFederation',
    });
    const { json } = await call(
      `${emulator.organizationUrl}/${emulator.state.project.id}/_apis/distributedtask/hubs/build/plans/${crypto.randomUUID()}/jobs/${crypto.randomUUID()}/oidctoken?api-version=7.1&serviceConnectionId=${endpoint.id}`,
      { method: 'POST', headers: { authorization: `Bearer ${emulator.state.jobAccessToken}` } },
    );
    const { iss: issuerUrl, sub: subject } = claimsOf(json.oidcToken);
    const audiences = ['api://AzureADTokenExchange'];
    const body = { name: 'pipeline', issuer: issuerUrl, subject, audiences };
    await graphCall(emulator, `POST /applications/${issuer.app.id}/federatedIdentityCredentials`, { token, body });
    const proof = {
      client_secret: undefined,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: json.oidcToken,
    };
    assert.equal(await code(redeem(await codeFor(), proof)), 'granted');
  });
});
