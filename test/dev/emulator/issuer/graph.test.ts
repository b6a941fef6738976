import assert from 'node:assert/strict';
import { type Emulator, startEmulator } from '../../../../dev/emulator';
import { azureDevOps, type Reply, signIn } from '../calls';
import { consentOf, graphCall, registerApp } from './graph-calls';

const hour = 60 * 60_000;
const noRole = '00000000-0000-0000-0000-000000000000';

describe('emulated Microsoft Graph', () => {
  let emulator: Emulator;
  let token: string;
  beforeEach(async () => {
    emulator = await startEmulator();
    token = emulator.azureCliToken(emulator.addAdministrator(), 'graph');
  });
  afterEach(() => emulator.close());

  const ask = (request: string, body?: unknown, as = token) => graphCall(emulator, request, { token: as, body });
  const outcome = ({ status, json }: Reply) => (status < 300 ? status : [status, json.error.code]);
  const colleague = () => emulator.azureCliToken(emulator.state.users.colleague, 'graph');

  it('answers who is signed in, with which roles, and in which tenant', async () => {
    assert.equal((await ask('GET /me')).json.userPrincipalName, 'administrator@fabrikam.onmicrosoft.com');
    const roles = (await ask('GET /me/transitiveMemberOf/microsoft.graph.directoryRole')).json.value;
    assert.deepEqual(
      roles.map(({ displayName }: { displayName: string }) => displayName),
      ['Global Administrator'],
    );
    const [organization] = (await ask('GET /organization')).json.value;
    assert.equal(organization.id, emulator.state.tenantId);
    assert.deepEqual(outcome(await ask('GET /me', undefined, 'nonsense')), [401, 'InvalidAuthenticationToken']);
    const other = emulator.userAccessToken();
    assert.deepEqual(outcome(await ask('GET /me', undefined, other)), [401, 'InvalidAuthenticationToken']);
    emulator.state.clock.advance(2 * hour);
    assert.deepEqual(outcome(await ask('GET /me')), [401, 'InvalidAuthenticationToken']);
  });

  it('answers the fields of users that are selected, and ends their sessions', async () => {
    const { upn, oid } = emulator.addUser({ alias: 'visitor', guest: true });
    assert.equal((await ask(`GET /users/${upn}`)).json.userType, undefined);
    const { json } = await ask(`GET /users/${upn}?$select=id,userType,accountEnabled`);
    assert.deepEqual(json, { id: oid, userType: 'Guest', accountEnabled: true });
    const found = await ask(`GET /users?$filter=startswith(userPrincipalName,'vis')&$select=id`);
    assert.deepEqual(found.json.value, [{ id: oid }]);
    assert.deepEqual(outcome(await ask('GET /users/unknown@fabrikam.example')), [404, 'Request_ResourceNotFound']);
    const issuer = emulator.state.users.default;
    assert.equal((await ask(`POST /users/${issuer.oid}/revokeSignInSessions`, {})).status, 200);
    assert.deepEqual((await signIn(emulator)).json.error_codes, [50173]);
    const refreshToken = emulator.state.issueRefreshToken().value;
    assert.equal((await ask(`PATCH /users/${issuer.oid}`, { accountEnabled: false })).status, 204);
    assert.deepEqual((await signIn(emulator, { refresh_token: refreshToken })).json.error_codes, [50057]);
    assert.deepEqual(outcome(await ask(`PATCH /users/${oid}`, { accountEnabled: false }, colleague())), [
      403,
      'Authorization_RequestDenied',
    ]);
  });

  it('keeps applications, found by name or id', async () => {
    const { app } = await registerApp(emulator, token);
    const [found] = (await ask("GET /applications?$filter=displayName eq 'Issuer'&$select=id,web")).json.value;
    assert.deepEqual(found, { id: app.id, web: { redirectUris: ['http://localhost:8400/signed-in'] } });
    assert.equal((await ask(`GET /applications(appId='${app.appId}')`)).json.signInAudience, 'AzureADMyOrg');
    assert.equal(
      (await ask(`PATCH /applications/${app.id}`, { spa: { redirectUris: ['https://a.example'] } })).status,
      204,
    );
    assert.deepEqual((await ask(`GET /applications/${app.id}`)).json.spa.redirectUris, ['https://a.example']);
    assert.equal((await ask(`DELETE /applications/${app.id}`)).status, 204);
    assert.deepEqual(outcome(await ask(`GET /applications/${app.id}`)), [404, 'Request_ResourceNotFound']);
    assert.ok(!emulator.state.servicePrincipals.some(({ clientId }) => clientId === app.appId));
  });

  it('looks up the ids of delegated permissions, and takes only those that exist', async () => {
    const { json } = await ask(`GET /servicePrincipals(appId='${azureDevOps}')?$select=id,oauth2PermissionScopes`);
    const scope = json.oauth2PermissionScopes.find(({ value }: { value: string }) => value === 'vso.pats');
    const access = (id: string) => ({
      requiredResourceAccess: [{ resourceAppId: azureDevOps, resourceAccess: [{ id, type: 'Scope' }] }],
    });
    const { app } = await registerApp(emulator, token, access(scope.id));
    assert.deepEqual(
      (await ask(`GET /applications/${app.id}`)).json.requiredResourceAccess,
      access(scope.id).requiredResourceAccess,
    );
    assert.deepEqual(outcome(await ask(`PATCH /applications/${app.id}`, access(noRole))), [400, 'Request_BadRequest']);
  });

  it('adds a secret that works after a while, ends by itself, and can be removed', async () => {
    const { directory, clock, applications } = emulator.state;
    const [application] = applications;
    const [app] = (await ask(`GET /applications?$filter=appId eq '${application?.clientId}'`)).json.value;
    directory.newSecretDelaySeconds = 30;
    const endDateTime = new Date(clock.now() + hour).toISOString();
    const add = () =>
      ask(`POST /applications/${app.id}/addPassword`, { passwordCredential: { displayName: 'set-up', endDateTime } });
    const { json: added } = await add();
    const code = async () => (await signIn(emulator, { client_secret: added.secretText })).json.error_codes?.[0];
    assert.equal(await code(), 7000215);
    clock.advance(30_000);
    assert.equal(await code(), undefined);
    const { passwordCredentials } = (await ask(`GET /applications/${app.id}`)).json;
    assert.deepEqual(
      passwordCredentials.map(({ secretText }: { secretText: null }) => secretText),
      [null, null],
    );
    assert.equal(passwordCredentials[1].hint, added.secretText.slice(0, 3));
    clock.advance(hour);
    assert.equal(await code(), 7000222);
    token = emulator.azureCliToken(emulator.state.user('administrator'), 'graph');
    assert.equal((await ask(`POST /applications/${app.id}/removePassword`, { keyId: added.keyId })).status, 204);
    assert.equal(await code(), 7000215);
    assert.equal((await ask(`POST /applications/${app.id}/removePassword`, { keyId: added.keyId })).status, 400);
    directory.secretsForbidden = true;
    const later = { passwordCredential: { displayName: 'set-up' } };
    assert.equal((await ask(`POST /applications/${app.id}/addPassword`, later)).status, 403);
    const policy = (await ask('GET /policies/defaultAppManagementPolicy')).json;
    assert.equal(policy.applicationRestrictions.passwordCredentials[0].restrictionType, 'passwordAddition');
  });

  it('adds federated credentials, each issuer and subject once, and at most twenty', async () => {
    const { app } = await registerApp(emulator, token);
    const path = `/applications/${app.id}/federatedIdentityCredentials`;
    const body = (number: number) => ({
      name: `pipeline-${number}`,
      issuer: 'https://vstoken.dev.azure.com/x',
      subject: `sc://fabrikam/Fabrikam/${number}`,
      audiences: ['api://AzureADTokenExchange'],
    });
    const added = await ask(`POST ${path}`, body(1));
    assert.equal(added.status, 201);
    assert.deepEqual(outcome(await ask(`POST ${path}`, body(1))), [409, 'Request_MultipleObjectsWithSameKeyValue']);
    assert.equal((await ask(`POST ${path}`, { ...body(1), name: 'x' })).status, 409);
    assert.deepEqual(outcome(await ask(`POST ${path}`, { ...body(2), audiences: [] })), [400, 'Request_BadRequest']);
    for (let number = 2; number <= 20; number++) assert.equal((await ask(`POST ${path}`, body(number))).status, 201);
    assert.deepEqual(outcome(await ask(`POST ${path}`, body(21))), [400, 'Request_BadRequest']);
    assert.equal((await ask(`DELETE ${path}/${added.json.id}`)).status, 204);
    assert.equal((await ask(`GET ${path}`)).json.value.length, 19);
  });

  it('assigns a user, and consents for one', async () => {
    const issuer = await registerApp(emulator, token);
    const { principal } = issuer;
    const { oid } = emulator.state.users.default;
    assert.equal(
      (await ask(`PATCH /servicePrincipals/${principal.id}`, { appRoleAssignmentRequired: true })).status,
      204,
    );
    const path = `/servicePrincipals/${principal.id}/appRoleAssignedTo`;
    const assignment = { principalId: oid, resourceId: principal.id, appRoleId: noRole };
    const { json: assigned } = await ask(`POST ${path}`, assignment);
    assert.equal(assigned.principalDisplayName, 'Agent Pool Issuer');
    assert.equal((await ask(`POST ${path}`, assignment)).status, 400);
    const grant = await ask('POST /oauth2PermissionGrants', consentOf(oid, issuer));
    assert.equal(grant.status, 201);
    assert.equal((await ask('POST /oauth2PermissionGrants', consentOf(oid, issuer))).status, 409);
    assert.equal((await ask('POST /beta/oauth2PermissionGrants', consentOf(oid, issuer))).status, 403);
    const listed = (await ask(`GET /servicePrincipals/${principal.id}/oauth2PermissionGrants`)).json.value;
    assert.deepEqual(
      listed.map(({ id }: { id: string }) => id),
      [grant.json.id],
    );
    assert.equal((await ask(`DELETE /oauth2PermissionGrants/${grant.json.id}`)).status, 204);
    assert.equal((await ask(`DELETE ${path}/${assigned.id}`)).status, 204);
    assert.deepEqual((await ask(`GET ${path}`)).json.value, []);
    emulator.state.directory.grantsNeedStartTime = true;
    assert.equal((await ask('POST /oauth2PermissionGrants', consentOf(oid, issuer))).status, 400);
  });

  it('shows consent for everyone that was there from the start, and changes it', async () => {
    const [principal] = emulator.state.servicePrincipals;
    const list = async () =>
      (await ask(`GET /oauth2PermissionGrants?$filter=clientId eq '${principal?.oid}'`)).json.value;
    const [{ id, consentType, scope }] = await list();
    assert.deepEqual([consentType, scope], ['AllPrincipals', 'vso.pats vso.pats_manage']);
    assert.equal((await ask(`PATCH /oauth2PermissionGrants/${id}`, { scope: 'vso.pats' })).status, 204);
    assert.deepEqual((await signIn(emulator)).json.error_codes, [65001]);
    assert.equal((await list()).length, 1);
  });

  it('refuses an administrator what their roles and their token do not allow', async () => {
    const { app, principal, resource } = await registerApp(emulator, token);
    const denied = [403, 'Authorization_RequestDenied'];
    const plain = colleague();
    assert.equal(outcome(await ask('POST /applications', { displayName: 'Own' }, plain)), 201);
    emulator.state.directory.usersMayRegister = false;
    assert.deepEqual(outcome(await ask('POST /applications', { displayName: 'Own' }, plain)), denied);
    assert.deepEqual(outcome(await ask(`POST /applications/${app.id}/addPassword`, {}, plain)), denied);
    assert.deepEqual(outcome(await ask(`DELETE /applications/${app.id}`, undefined, plain)), denied);
    const { oid } = emulator.state.users.default;
    const grant = consentOf(oid, { principal, resource });
    assert.deepEqual(outcome(await ask('POST /oauth2PermissionGrants', grant, plain)), denied);
    const developer = emulator.addAdministrator({ alias: 'dev', directoryRoles: ['Application Developer'] });
    const narrow = emulator.graphToken(emulator.state.user('administrator'), ['User.Read']);
    const assignment = { principalId: oid, resourceId: principal.id, appRoleId: noRole };
    const assigned = `POST /servicePrincipals/${principal.id}/appRoleAssignedTo`;
    for (const as of [emulator.azureCliToken(developer, 'graph'), narrow]) {
      assert.deepEqual(outcome(await ask('POST /oauth2PermissionGrants', grant, as)), denied);
      assert.deepEqual(outcome(await ask(assigned, assignment, as)), denied);
    }
    assert.deepEqual(outcome(await ask('GET /policies/authorizationPolicy', undefined, narrow)), denied);
  });

  it('answers 501 to what it does not know', async () => {
    for (const request of [
      'GET /groups',
      'GET /applications?$expand=owners',
      "GET /applications?$filter=displayName ne 'x'",
      "GET /users?$filter=department eq 'x'",
      'DELETE /organization',
    ]) {
      assert.equal((await ask(request)).status, 501, request);
    }
    assert.equal((await ask('POST /applications', { displayName: 'x', identifierUris: [] })).status, 501);
  });

  it('loses or keeps a change when its answer is lost', async () => {
    emulator.plan({ operation: 'graph.applications.create', answer: { status: 503, body: '{}' } });
    emulator.plan({ operation: 'graph.applications.create', when: 'after', answer: { status: 503, body: '{}' } });
    const count = async () => (await ask("GET /applications?$filter=displayName eq 'Issuer'")).json.value.length;
    for (const expected of [0, 1]) {
      assert.equal((await ask('POST /applications', { displayName: 'Issuer' })).status, 503);
      assert.equal(await count(), expected);
    }
  });
});
