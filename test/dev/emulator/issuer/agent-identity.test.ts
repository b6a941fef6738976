import assert from 'node:assert/strict';
import { type Emulator, startEmulator } from '../../../../dev/emulator';
import { identityToken } from '../../../../dev/emulator/entra/oidc';
import { bothScopes, call, claimsOf, pats, type Reply } from '../calls';
import { graphCall } from './graph-calls';
import { organizationCall } from './organization-calls';

const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const exchange = 'api://AzureADTokenExchange/.default';
const scopes = [
  'AgentIdentityBlueprint.Create',
  'AgentIdentityBlueprint.AddRemoveCreds.All',
  'AgentIdentityBlueprintPrincipal.Create',
  'AgentIdentity.Create.All',
  'AgentIdUser.ReadWrite.All',
  'DelegatedPermissionGrant.ReadWrite.All',
];

describe('emulated agent identities', () => {
  let emulator: Emulator;
  let token: string;
  let sponsors: object;
  beforeEach(async () => {
    emulator = await startEmulator();
    const administrator = emulator.addAdministrator();
    token = emulator.graphToken(administrator, scopes);
    sponsors = { 'sponsors@odata.bind': [`https://graph.microsoft.com/v1.0/users/${administrator.oid}`] };
  });
  afterEach(() => emulator.close());

  const ask = (request: string, body?: unknown, as = token) => graphCall(emulator, request, { token: as, body });
  const blueprint = (as?: string) =>
    ask('POST /applications/microsoft.graph.agentIdentityBlueprint', { displayName: 'Agents', ...sponsors }, as);
  const principal = (appId: string) =>
    ask('POST /servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal', { appId });
  const identity = (agentIdentityBlueprintId: string) =>
    ask('POST /servicePrincipals/microsoft.graph.agentIdentity', {
      displayName: 'Agent',
      agentIdentityBlueprintId,
      ...sponsors,
    });
  const agentUser = (identityParentId: string, changes: object = {}) =>
    ask('POST /beta/users', {
      '@odata.type': 'microsoft.graph.agentUser',
      displayName: 'Agent',
      userPrincipalName: 'agent@fabrikam.onmicrosoft.com',
      mailNickname: 'agent',
      accountEnabled: true,
      identityParentId,
      ...changes,
    });
  const post = (form: Record<string, string>) =>
    call(`${emulator.url}/${emulator.state.tenantId}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
  const code = ({ status, json }: Reply) => (status === 200 ? 'granted' : json.error_codes?.[0]);

  /** All four, with a connection that the blueprint trusts. */
  async function makeAgent() {
    const { json: parent } = await blueprint();
    await principal(parent.appId);
    const { json: own } = await identity(parent.appId);
    const { json: user } = await agentUser(own.id);
    const connection = emulator.state.addServiceConnection({ name: 'issuer' });
    const { issuer, subject, audience } = emulator.state.federatedCredentialOf(connection);
    const credential = { name: 'pipeline', issuer, subject, audiences: [audience] };
    assert.equal((await ask(`POST /applications/${parent.id}/federatedIdentityCredentials`, credential)).status, 201);
    const first = (changes: Record<string, string> = { fmi_path: own.appId }) =>
      post({
        client_id: parent.appId,
        grant_type: 'client_credentials',
        scope: exchange,
        client_assertion_type: jwtBearer,
        client_assertion: identityToken(emulator.state, connection),
        ...changes,
      });
    const client = { client_id: own.appId, client_assertion_type: jwtBearer };
    const second = (assertion: string) =>
      post({ ...client, grant_type: 'client_credentials', scope: exchange, client_assertion: assertion });
    const third = (assertion: string, credentialOfUser: string, changes: Record<string, string> = {}) =>
      post({
        ...client,
        grant_type: 'user_fic',
        client_assertion: assertion,
        user_federated_identity_credential: credentialOfUser,
        user_id: user.id,
        scope: bothScopes,
        ...changes,
      });
    return { parent, own, user, first, second, third };
  }

  async function consent({ own, user }: { own: { id: string }; user: { id: string } }) {
    const resourceId = emulator.state.directory.azureDevOps.id;
    const grant = {
      clientId: own.id,
      consentType: 'Principal',
      principalId: user.id,
      resourceId,
      scope: 'vso.pats vso.pats_manage',
    };
    assert.equal((await ask('POST /oauth2PermissionGrants', grant)).status, 201);
  }

  it('are made from blueprint to user, each once its parent is there', async () => {
    assert.equal((await ask('POST /users', { '@odata.type': 'microsoft.graph.agentUser' })).status, 501);
    const { json: parent } = await blueprint();
    assert.equal(parent['@odata.type'], '#microsoft.graph.agentIdentityBlueprint');
    const early = await identity(parent.appId);
    assert.deepEqual([early.status, early.json.error.code], [400, 'Request_BadRequest']);
    assert.match(early.json.error.message, /Blueprint Principal .* does not exist/);
    assert.equal((await principal(parent.appId)).status, 201);
    assert.equal((await principal(parent.appId)).status, 409);
    const { json: own } = await identity(parent.appId);
    assert.equal(own.servicePrincipalType, 'ServiceIdentity');
    assert.equal((await agentUser(own.id, { userPrincipalName: 'agent@elsewhere.example' })).status, 400);
    assert.equal((await agentUser(own.id)).status, 201);
    assert.equal((await agentUser(own.id, { userPrincipalName: 'two@fabrikam.onmicrosoft.com' })).status, 409);
    assert.equal((await agentUser(parent.id)).status, 404);
  });

  it('are deleted with the permission for that alone, and by no token of Azure CLI', async () => {
    const { parent, own, user } = await makeAgent();
    const administrator = emulator.state.user('administrator');
    const cli = emulator.azureCliToken(administrator, 'graph');
    const deleting = ['AgentIdentityBlueprint.DeleteRestore.All', 'AgentIdentity.DeleteRestore.All'];
    const remover = emulator.graphToken(administrator, deleting);
    for (const path of [`/applications/${parent.id}`, `/servicePrincipals/${own.id}`]) {
      assert.equal((await ask(`DELETE ${path}`, undefined, cli)).status, 403, path);
      assert.equal((await ask(`DELETE ${path}`)).status, 403, path);
      assert.equal((await ask(`DELETE ${path}`, undefined, remover)).status, 204, path);
    }
    assert.equal((await ask(`DELETE /users/${user.id}`, undefined, remover)).status, 403);
    assert.equal((await ask(`DELETE /users/${user.id}`)).status, 204);
    assert.equal((await ask(`DELETE /users/${administrator.oid}`)).status, 501);
  });

  it('are not found as parents at once where that takes a while', async () => {
    emulator.state.directory.newAgentDelaySeconds = 60;
    const { json: parent } = await blueprint();
    const early = await principal(parent.appId);
    assert.match(early.json.error.message, /^Object with id .* not found/);
    emulator.state.clock.advance(60_000);
    assert.equal((await principal(parent.appId)).status, 201);
    assert.equal((await identity(parent.appId)).status, 400);
    emulator.state.clock.advance(60_000);
    assert.equal((await identity(parent.appId)).status, 201);
  });

  it("refuse Azure CLI's token, a scope that is too narrow, and a missing sponsor or role", async () => {
    const administrator = emulator.state.user('administrator');
    const plain = emulator.graphToken(emulator.state.users.colleague, scopes);
    for (const as of [
      emulator.azureCliToken(administrator, 'graph'),
      emulator.graphToken(administrator, ['User.Read']),
      plain,
    ]) {
      assert.equal((await blueprint(as)).status, 403);
    }
    const { json: parent } = await blueprint();
    const cli = emulator.azureCliToken(administrator, 'graph');
    const path = `POST /applications/${parent.id}/federatedIdentityCredentials`;
    const credential = { name: 'x', issuer: 'https://x', subject: 'x', audiences: ['x'] };
    assert.equal((await ask(path, credential, cli)).status, 403);
    sponsors = {};
    assert.equal((await blueprint()).status, 400);
  });

  it("give the user's token in three requests, after consent", async () => {
    const agent = await makeAgent();
    const t1 = (await agent.first()).json.access_token;
    const t2 = (await agent.second(t1)).json.access_token;
    assert.equal(code(await agent.third(t1, t2)), 65001);
    await consent(agent);
    const { json } = await agent.third(t1, t2);
    const { oid, appid, idtyp, scp } = claimsOf(json.access_token);
    assert.deepEqual([oid, appid, idtyp, scp], [agent.user.id, agent.own.appId, 'user', 'vso.pats vso.pats_manage']);
    const byName = { user_id: '', username: 'agent@fabrikam.onmicrosoft.com' };
    assert.equal(code(await agent.third(t1, t2, byName)), 'granted');
    const list = () => pats(emulator, 'GET', { token: json.access_token, query: { displayFilterOption: 'all' } });
    assert.equal((await list()).status, 401);
    const order = {
      accessLevel: { licensingSource: 'account', accountLicenseType: 'express' },
      user: { principalName: 'agent@fabrikam.onmicrosoft.com', subjectKind: 'user' },
    };
    const administrator = emulator.azureCliToken(emulator.state.user('administrator'), 'azureDevOps');
    const entitle = async () =>
      (await organizationCall(emulator, 'POST /_apis/userentitlements', { token: administrator, body: order })).json
        .isSuccess;
    emulator.state.collection.takesAgentUsers = false;
    assert.equal(await entitle(), false);
    emulator.state.collection.takesAgentUsers = true;
    assert.equal(await entitle(), true);
    assert.equal((await list()).status, 200);
  });

  it('refuse a chain with a link that does not fit', async () => {
    const agent = await makeAgent();
    await consent(agent);
    const bare = (await agent.first({})).json.access_token;
    assert.equal(code(await agent.second(bare)), 700211);
    assert.equal(code(await agent.first({ fmi_path: 'another' })), 82014);
    assert.equal(code(await agent.second('nonsense')), 700027);
    const t1 = (await agent.first()).json.access_token;
    assert.equal(code(await agent.third(t1, t1)), 700027);
    const t2 = (await agent.second(t1)).json.access_token;
    assert.equal(code(await agent.third(t1, t2, { user_id: emulator.state.users.default.oid })), 50034);
    emulator.state.user('agent').disabled = true;
    assert.equal(code(await agent.third(t1, t2)), 50057);
    emulator.state.clock.advance(60 * 60_000);
    assert.equal(code(await agent.second(t1)), 700027);
  });
});
