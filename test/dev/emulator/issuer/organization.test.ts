import assert from 'node:assert/strict';
import { type Emulator, startEmulator } from '../../../../dev/emulator';
import type { User } from '../../../../dev/emulator/directory/entities';
import { organizationCall, vaultExtension } from './organization-calls';

const extensions = '/_apis/extensionmanagement/installedextensions';
const roleScopes = '/_apis/securityroles/scopes';

describe('emulated organization', () => {
  let emulator: Emulator;
  let administrator: User;
  let token: string;
  beforeEach(async () => {
    emulator = await startEmulator();
    administrator = emulator.addAdministrator();
    token = emulator.azureCliToken(administrator, 'azureDevOps');
  });
  afterEach(() => emulator.close());

  const ask = (request: string, body?: unknown, as = token) => organizationCall(emulator, request, { token: as, body });
  const names = async (request: string, as?: string) =>
    (await ask(request, undefined, as)).json.value.map((one: Record<string, string>) => one.name ?? one.extensionId);

  it('answers who is signed in, by the id that the organization gives', async () => {
    const { authenticatedUser } = (await ask('GET /_apis/connectionData')).json;
    assert.equal(authenticatedUser.id, emulator.identityIdOf(administrator));
    assert.notEqual(authenticatedUser.id, administrator.oid);
    assert.equal(authenticatedUser.properties.Account.$value, administrator.upn);
  });

  it('has projects, and their pipelines and queues by name', async () => {
    emulator.addProject('Elsewhere');
    emulator.addPipeline('register agents');
    emulator.addPipeline('renew');
    emulator.addPipeline('renew', { project: 'Elsewhere' });
    emulator.state.collection.queues.push({ id: 1, name: 'Default', projectId: emulator.state.project.id, poolId: 1 });
    assert.deepEqual(await names('GET /_apis/projects'), ['Fabrikam', 'Elsewhere']);
    assert.equal((await ask('GET /_apis/projects/fabrikam')).json.id, emulator.state.project.id);
    assert.equal((await ask('GET /_apis/projects/Nowhere')).json.typeKey, 'ProjectDoesNotExistWithNameException');
    assert.deepEqual(await names('GET /Fabrikam/_apis/build/definitions?name=REN*'), ['renew']);
    assert.deepEqual(await names('GET /Fabrikam/_apis/build/definitions?name=regist.r'), []);
    assert.deepEqual(await names('GET /Fabrikam/_apis/pipelines'), ['register agents', 'renew']);
    assert.deepEqual(await names('GET /Elsewhere/_apis/pipelines'), ['renew']);
    assert.deepEqual(await names('GET /Fabrikam/_apis/distributedtask/queues?queueName=default'), ['Default']);
    assert.deepEqual(await names('GET /Fabrikam/_apis/distributedtask/queues?queueNames=Other'), []);
  });

  it('lists the installed extensions', async () => {
    assert.equal((await ask(`GET ${extensions}byname/contoso/vault`)).status, 404);
    const extension = emulator.installExtension(vaultExtension);
    assert.equal((await ask(`GET ${extensions}byname/Contoso/Vault`)).json.version, '1.2.3');
    extension.disabled = true;
    assert.equal((await ask(`GET ${extensions}byname/contoso/vault`)).json.installState.flags, 'disabled');
    assert.deepEqual(await names(`GET ${extensions}`), ['vault']);
    assert.deepEqual(await names(`GET ${extensions}?includeDisabledExtensions=false`), []);
    emulator.uninstallExtension(extension);
    assert.deepEqual(await names(`GET ${extensions}`), []);
  });

  describe('entitlements', () => {
    const order = (principalName: string) => ({
      accessLevel: { licensingSource: 'account', accountLicenseType: 'express' },
      user: { principalName, subjectKind: 'user' },
    });
    const entitle = (name: string, as = token) => ask('POST /_apis/userentitlements', order(name), as);

    it('admit a user of the tenant', async () => {
      const { upn, oid } = emulator.addUser({ alias: 'newcomer' });
      const { json } = await entitle(upn);
      assert.deepEqual([json.isSuccess, json.operationResult.isSuccess, json.operationResult.errors], [true, true, []]);
      assert.equal(json.userEntitlement.id, emulator.identityIdOf({ oid }));
      const found = (await ask(`GET /_apis/userentitlements?$filter=name eq '${upn}'`)).json;
      assert.deepEqual([found.totalCount, found.items[0].user.originId], [1, oid]);
      assert.equal((await ask(`DELETE /_apis/userentitlements/${json.userEntitlement.id}`)).status, 204);
      assert.equal((await ask(`GET /_apis/userentitlements?$filter=name eq '${upn}'`)).json.totalCount, 0);
    });

    it('fail in a 200', async () => {
      const { upn, oid } = emulator.addUser({ alias: 'newcomer' });
      const keyOf = async (reply: ReturnType<typeof entitle>) => {
        const { status, json } = await reply;
        return [status, json.operationResult.isSuccess, json.operationResult.errors[0].key];
      };
      const plain = emulator.azureCliToken(emulator.state.users.colleague, 'azureDevOps');
      assert.deepEqual(await keyOf(entitle(upn, plain)), [200, false, 5102]);
      emulator.state.collection.collectionAdministrators.add(emulator.state.collection.buildService.oid);
      assert.deepEqual(await keyOf(entitle(upn, emulator.state.jobAccessToken)), [200, false, 5102]);
      assert.deepEqual(await keyOf(entitle('unknown@elsewhere.example')), [200, false, 5000]);
      assert.equal(Object.values(emulator.state.users).find((user) => user.oid === oid)?.member, false);
    });
  });

  describe('roles', () => {
    const pool = () => emulator.state.pool('Build-Linux');
    const onPool = () => `${roleScopes}/distributedtask.agentpoolrole/roleassignments/resources/${pool().id}`;
    const rolesOf = async (path: string) =>
      Object.fromEntries(
        (await ask(`GET ${path}`)).json.value.map(
          (one: { identity: { uniqueName: string }; role: { name: string } }) => [
            one.identity.uniqueName,
            one.role.name,
          ],
        ),
      );

    it('on a pool make a user its administrator, by the id of the organization', async () => {
      const { colleague } = emulator.state.users;
      const give = (userId: string, as = token) => ask(`PUT ${onPool()}`, [{ roleName: 'Administrator', userId }], as);
      assert.equal((await give(colleague.oid)).status, 501);
      assert.equal((await give(emulator.identityIdOf(colleague))).status, 200);
      assert.deepEqual(
        [pool().roles[colleague.oid], (await rolesOf(onPool()))[colleague.upn]],
        ['manage', 'Administrator'],
      );
      assert.equal((await ask(`DELETE ${onPool()}/${emulator.identityIdOf(colleague)}`)).status, 204);
      assert.equal(pool().roles[colleague.oid], undefined);
      const plain = emulator.azureCliToken(colleague, 'azureDevOps');
      assert.equal((await give(emulator.identityIdOf(colleague), plain)).status, 403);
    });

    it('show a while after they changed', async () => {
      const { colleague } = emulator.state.users;
      emulator.state.collection.staleRoles.reads = 1;
      const body = [{ roleName: 'Administrator', userId: emulator.identityIdOf(colleague) }];
      await ask(`PUT ${onPool()}`, body);
      assert.equal((await rolesOf(onPool()))[colleague.upn], 'Reader');
      assert.equal((await rolesOf(onPool()))[colleague.upn], 'Administrator');
    });

    it('on a service connection are given in the collection and in a project', async () => {
      const endpoint = emulator.addServiceEndpoint({ name: 'vault', type: 'Generic' });
      const { principal } = emulator.federated;
      const give = (path: string) =>
        ask(`PUT ${path}`, [{ roleName: 'Administrator', userId: emulator.identityIdOf(principal) }]);
      const resources = 'roleassignments/resources';
      const ofProject = `${roleScopes}/distributedtask.serviceendpointrole/${resources}/${emulator.state.project.id}_${endpoint.id}`;
      const ofCollection = `${roleScopes}/distributedtask.collection.serviceendpointrole/${resources}/collection_${endpoint.id}`;
      assert.equal((await give(ofProject)).status, 200);
      assert.deepEqual(endpoint.collectionRoles, {});
      assert.equal((await give(ofCollection)).status, 200);
      assert.deepEqual(endpoint.collectionRoles, { [principal.oid]: 'Administrator' });
      assert.deepEqual(await rolesOf(ofCollection), { [principal.clientId]: 'Administrator' });
      assert.equal((await ask(`PATCH ${ofCollection}`, [emulator.identityIdOf(principal)])).status, 204);
      assert.deepEqual(endpoint.collectionRoles, {});
      assert.equal((await give(`${roleScopes}/distributedtask.globalagentpoolrole/${resources}/0`)).status, 501);
    });
  });

  it('finds people and service principals, and the ids that roles go by', async () => {
    const { users } = emulator.state;
    const find = async (query: string) =>
      (await ask(`GET /_apis/identities?${query}`)).json.value.map(({ id }: { id: string }) => id);
    const id = emulator.identityIdOf(users.colleague);
    assert.deepEqual(await find(`searchFilter=General&filterValue=${users.colleague.upn}`), [id]);
    assert.deepEqual(await find('searchFilter=DisplayName&filterValue=casey colleague'), [id]);
    assert.deepEqual(await find(`identityIds=${id}`), [id]);
    assert.deepEqual(await find(`searchFilter=General&filterValue=${users.outsider.upn}`), []);
    assert.equal((await ask('GET /_apis/identities?searchFilter=Alias&filterValue=x')).status, 501);
    const { value } = (await ask('GET /_apis/graph/users')).json;
    const colleague = value.find(({ originId }: { originId: string }) => originId === users.colleague.oid);
    assert.equal((await ask(`GET /_apis/graph/storagekeys/${colleague.descriptor}`)).json.value, id);
    const principals = (await ask('GET /_apis/graph/serviceprincipals')).json.value;
    assert.equal(principals.length, emulator.state.servicePrincipals.filter(({ member }) => member).length);
  });

  it('asks for a scope that fits', async () => {
    const narrow = emulator.userAccessToken({ scopes: ['vso.agentpools'] });
    for (const path of ['/_apis/projects', extensions, '/_apis/userentitlements', '/_apis/graph/users']) {
      assert.equal((await ask(`GET ${path}`, undefined, narrow)).status, 401, path);
    }
  });
});
