import assert from 'node:assert/strict';
import { type Emulator, startEmulator } from '../../../../dev/emulator';
import type { Application } from '../../../../dev/emulator/directory/entities';
import { identityToken } from '../../../../dev/emulator/entra/oidc';
import type { ServiceConnection } from '../../../../dev/emulator/model';
import { bothScopes, claimsOf, pats, signIn } from '../calls';

const day = 24 * 60 * 60_000;
const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

describe('emulated redemption of refresh tokens', () => {
  let emulator: Emulator;
  let application: Application;
  let connection: ServiceConnection;
  beforeEach(async () => {
    emulator = await startEmulator();
    [application] = emulator.state.applications as [Application];
    connection = emulator.state.addServiceConnection({ name: 'issuer' });
    application.federatedCredentials = [emulator.state.federatedCredentialOf(connection)];
  });
  afterEach(() => emulator.close());

  const federated = (changes: Record<string, string | undefined> = {}) =>
    signIn(emulator, {
      client_secret: undefined,
      client_assertion_type: jwtBearer,
      client_assertion: identityToken(emulator.state, connection),
      ...changes,
    });
  const code = async (answer: ReturnType<typeof signIn>) => (await answer).json.error_codes?.[0] ?? 'granted';

  it('takes the identity token of a connection in place of a client secret', async () => {
    delete application.clientSecret;
    const { status, json } = await federated();
    assert.equal(status, 200);
    assert.equal(claimsOf(json.access_token).oid, emulator.state.users.default.oid);
    assert.equal(
      (await pats(emulator, 'GET', { token: json.access_token, query: { displayFilterOption: 'all' } })).status,
      200,
    );
    assert.equal(await code(signIn(emulator, { client_secret: undefined })), 7000218);
  });

  it('refuses an identity token that the application does not trust', async () => {
    const subjectOf = (sub: string) => ({ client_assertion: identityToken(emulator.state, connection, { sub }) });
    const { subject } = emulator.state.federatedCredentialOf(connection);
    assert.equal(await code(federated(subjectOf('sc://fabrikam/Fabrikam/other'))), 700213);
    assert.equal(await code(federated(subjectOf(subject.toUpperCase()))), 7002138);
    const foreign = identityToken(emulator.state, connection, { iss: 'https://vstoken.dev.azure.com/x' });
    assert.equal(await code(federated({ client_assertion: foreign })), 700211);
    const late = identityToken(emulator.state, connection);
    emulator.state.clock.advance(11 * 60_000);
    assert.equal(await code(federated({ client_assertion: late })), 700024);
    application.federatedCredentials = [];
    assert.equal(await code(federated()), 70021);
  });

  it('does not know a federated credential before it has spread', async () => {
    const worksFrom = emulator.state.clock.now() + 60_000;
    application.federatedCredentials = [{ ...emulator.state.federatedCredentialOf(connection), worksFrom }];
    assert.equal(await code(federated()), 70021);
    emulator.state.clock.advance(61_000);
    assert.equal(await code(federated()), 'granted');
  });

  it('asks for the proof that the redirect of the refresh token calls for', async () => {
    const of = (platform: 'web' | 'spa' | 'publicClient') => ({
      refresh_token: emulator.state.issueRefreshToken({ platform }).value,
    });
    const none = { client_secret: undefined };
    assert.equal(await code(signIn(emulator, of('web'))), 'granted');
    assert.equal(await code(signIn(emulator, { ...of('web'), ...none })), 7000218);
    assert.equal(await code(signIn(emulator, of('publicClient'))), 700025);
    assert.equal(await code(federated(of('publicClient'))), 700025);
    assert.equal(await code(signIn(emulator, { ...of('publicClient'), ...none })), 'granted');
    assert.equal(await code(signIn(emulator, of('spa'))), 9002327);
  });

  it('ends a refresh token after 90 days, one of a single-page application after one', async () => {
    const single = emulator.state.issueRefreshToken({ platform: 'publicClient' }).value;
    const page = emulator.state.issueRefreshToken({ platform: 'spa' });
    assert.equal(page.expiresAt - emulator.state.clock.now() <= day, true);
    const publicly = { refresh_token: single, client_secret: undefined };
    emulator.state.clock.advance(90 * day - 60_000);
    assert.equal(await code(signIn(emulator, publicly)), 'granted');
    emulator.state.clock.advance(61_000);
    assert.equal(await code(signIn(emulator, publicly)), 700082);
  });

  it('gives one that lives for 90 days more for offline_access, of the same platform', async () => {
    const { value } = emulator.state.issueRefreshToken({ platform: 'web' });
    emulator.state.clock.advance(60 * day);
    const scope = `${bothScopes} offline_access`;
    const { refresh_token } = (await signIn(emulator, { refresh_token: value, scope })).json;
    emulator.state.clock.advance(60 * day);
    assert.equal(await code(signIn(emulator, { refresh_token: value })), 700082);
    assert.equal(await code(signIn(emulator, { refresh_token })), 'granted');
    assert.equal(await code(signIn(emulator, { refresh_token, client_secret: undefined })), 7000218);
  });

  it('rotates only where it is switched on, and only for offline_access', async () => {
    const scope = `${bothScopes} offline_access`;
    const { refreshToken } = emulator.issuer;
    assert.equal(await code(signIn(emulator, { scope })), 'granted');
    emulator.state.refreshTokensRotate = true;
    assert.equal(await code(signIn(emulator)), 'granted');
    const { refresh_token } = (await signIn(emulator, { scope })).json;
    assert.equal(await code(signIn(emulator, { refresh_token: refreshToken })), 70000);
    assert.equal(await code(signIn(emulator, { refresh_token })), 'granted');
  });

  it('lets no one in who is disabled, or not assigned where assignment is required', async () => {
    const [principal] = emulator.state.servicePrincipals;
    assert.ok(principal);
    const { default: user } = emulator.state.users;
    principal.assignmentRequired = true;
    assert.equal(await code(signIn(emulator)), 50105);
    const assignment = { id: 'a', appRoleId: 'r', principalId: user.oid, resourceId: principal.oid, createdAt: 0 };
    emulator.state.directory.assignments.push(assignment);
    assert.equal(await code(signIn(emulator)), 'granted');
    user.disabled = true;
    assert.equal(await code(signIn(emulator)), 50057);
  });

  it('counts consent for one user as theirs alone', async () => {
    const { state } = emulator;
    const [principal] = state.servicePrincipals;
    assert.ok(principal);
    application.permissions = [];
    assert.equal(await code(signIn(emulator)), 65001);
    state.directory.grants.push({
      id: 'g',
      clientId: principal.oid,
      resourceId: state.directory.azureDevOps.id,
      consentType: 'Principal',
      principalId: state.users.default.oid,
      scope: 'vso.pats vso.pats_manage',
    });
    assert.equal(await code(signIn(emulator)), 'granted');
    const other = state.issueRefreshToken({ user: 'colleague' }).value;
    assert.equal(await code(signIn(emulator, { refresh_token: other })), 65001);
  });
});
