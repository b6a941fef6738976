import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '../../../../dev/emulator';
import type { ServiceEndpoint } from '../../../../dev/emulator/service-endpoints/endpoint';
import { claimsOf, type Reply, requestIdentityToken } from '../calls';
import { organizationCall, vaultBody, vaultExtension } from './organization-calls';

const endpoints = '/_apis/serviceendpoint/endpoints';
const namespace = '49b48001-ca20-4adc-8111-5b60c903a50c';

describe('emulated service connections', () => {
  let emulator: Emulator;
  let token: string;
  beforeEach(async () => {
    emulator = await startEmulator();
    emulator.installExtension(vaultExtension);
    token = emulator.azureCliToken(emulator.addAdministrator(), 'azureDevOps');
  });
  afterEach(() => emulator.close());

  const ask = (request: string, body?: unknown, as = token) => organizationCall(emulator, request, { token: as, body });
  const create = async (changes?: Record<string, unknown>) =>
    (await ask(`POST ${endpoints}`, vaultBody(emulator, changes))).json;
  const get = async (id: string, as = token) => (await ask(`GET /Fabrikam${endpoints}/${id}`, undefined, as)).json;
  const stored = (id: string) => emulator.state.collection.endpoints.find(id) as ServiceEndpoint;
  const outcome = ({ status, json }: Reply) => (status < 300 ? status : [status, json.typeKey]);

  describe('made and read', () => {
    it('shows everything but what is confidential', async () => {
      const created = await create();
      assert.deepEqual(created.authorization, { scheme: 'None', parameters: { key: null, pepper: null } });
      assert.deepEqual([created.isReady, created.isDisabled, created.isShared], [true, false, false]);
      assert.deepEqual(created.data, { region: 'north' });
      assert.equal(created.serviceEndpointProjectReferences[0].projectReference.name, 'Fabrikam');
      assert.equal(created.createdBy.displayName, 'Ada Administrator');
      assert.deepEqual(await get(created.id), created);
      assert.deepEqual(stored(created.id).parameters, { key: 'the key', pepper: 'the pepper' });
    });

    it('lists the connections of a project by name, type, id and role', async () => {
      const { id } = await create();
      const count = async (query: string, as = token) =>
        (await ask(`GET /Fabrikam${endpoints}${query}`, undefined, as)).json.count;
      assert.equal(await count(''), 1);
      assert.equal(await count('?endpointNames=Vault,other&type=vault'), 1);
      assert.equal(await count(`?endpointIds=${id}&authSchemes=none&actionFilter=manage`), 1);
      assert.equal(await count('?endpointNames=other'), 0);
      assert.equal(await count('?type=Generic'), 0);
      emulator.addProject('Elsewhere');
      assert.equal((await ask(`GET /Elsewhere${endpoints}`)).json.count, 0);
      assert.equal((await ask(`GET /Elsewhere${endpoints}/${id}`)).text, 'null');
      const jobs = emulator.state.jobAccessToken;
      assert.deepEqual([await count('', jobs), await count('?actionFilter=use', jobs)], [1, 0]);
    });

    const bad: Array<[string, (body: Record<string, unknown>) => void]> = [
      ['no authorization', (body) => (body.authorization = null)],
      ['a type that is not there', (body) => (body.type = 'Nothing')],
      ['a scheme that the type does not have', (body) => (body.authorization = { scheme: 'Token', parameters: {} })],
      ['a field that is required and missing', (body) => (body.data = {})],
      ['a field of the wrong form', (body) => (body.data = { region: 'North!' })],
      ['a field that is too long', (body) => (body.data = { region: 'farfaraway' })],
      ['a secret that is required and missing', (body) => (body.authorization = { scheme: 'None', parameters: {} })],
      ['no project', (body) => (body.serviceEndpointProjectReferences = [])],
      [
        'a project without a name for it',
        (body) => delete (body.serviceEndpointProjectReferences as [{ name?: string }])[0].name,
      ],
    ];
    for (const [what, spoil] of bad) {
      it(`refuses one with ${what}`, async () => {
        const body = vaultBody(emulator);
        spoil(body);
        assert.deepEqual(outcome(await ask(`POST ${endpoints}`, body)), [400, 'ArgumentException']);
        assert.equal(emulator.state.collection.endpoints.all.length, 0);
      });
    }

    it('refuses a name that is taken, and a caller who administers no project', async () => {
      await create();
      assert.deepEqual(outcome(await ask(`POST ${endpoints}`, vaultBody(emulator))), [
        409,
        'DuplicateServiceConnectionException',
      ]);
      const member = emulator.azureCliToken(emulator.state.users.colleague, 'azureDevOps');
      const other = vaultBody(emulator, { name: 'other' });
      assert.deepEqual(outcome(await ask(`POST ${endpoints}`, other, member)), [403, 'AccessDeniedException']);
      const narrow = emulator.userAccessToken({ scopes: ['vso.pats', 'vso.pats_manage'] });
      assert.deepEqual(outcome(await ask(`POST ${endpoints}`, other, narrow)), [401, 'UnauthorizedRequestException']);
    });

    it('has the types of installed extensions, this one too', async () => {
      const names = async (query = '') =>
        (await ask(`GET /_apis/serviceendpoint/types${query}`)).json.value.map(({ name }: { name: string }) => name);
      assert.deepEqual(await names('?type=vault'), ['Vault']);
      assert.deepEqual(await names('?type=AgentPoolTokenIssuer'), []);
      emulator.installExtension(JSON.parse(readFileSync(join(__dirname, '../../../../vss-extension.json'), 'utf8')));
      assert.deepEqual(await names('?type=AgentPoolTokenIssuer'), ['AgentPoolTokenIssuer']);
      assert.ok((await names()).includes('Generic'));
      emulator.uninstallExtension({ publisherId: 'contoso', extensionId: 'vault' });
      assert.deepEqual(await names('?type=vault'), []);
    });

    it('is gone with its last project', async () => {
      const { id } = await create();
      const elsewhere = emulator.addProject('Elsewhere');
      const reference = { projectReference: { id: elsewhere.id, name: 'Elsewhere' }, name: 'vault', description: '' };
      assert.equal((await ask(`PATCH ${endpoints}/${id}`, [reference])).status, 204);
      assert.equal((await get(id)).isShared, true);
      assert.equal((await ask(`DELETE ${endpoints}/${id}?projectIds=${elsewhere.id}`)).status, 204);
      assert.equal((await ask(`GET /Elsewhere${endpoints}/${id}`)).text, 'null');
      assert.equal((await get(id)).id, id);
      assert.equal((await ask(`DELETE ${endpoints}/${id}?projectIds=${emulator.state.project.id}`)).status, 204);
      assert.equal(await get(id), null);
    });
  });

  describe('federated', () => {
    const federated = { scheme: 'WorkloadIdentityFederation', parameters: { key: 'k' } };

    it('says whom it is to Entra, and so do its identity tokens', async () => {
      const { id, authorization } = await create({ authorization: federated });
      const { workloadIdentityFederationIssuer: iss, workloadIdentityFederationSubject: sub } =
        authorization.parameters;
      assert.equal(iss, `https://login.microsoftonline.com/${emulator.state.tenantId}/v2.0`);
      assert.match(
        sub,
        new RegExp(`^/eid1/c/pub/t/[\\w-]{22}/a/[\\w-]{22}/sc/${emulator.state.organizationId}/${id}$`),
      );
      const { json } = await requestIdentityToken(emulator, { query: { serviceConnectionId: id } });
      const claims = claimsOf(json.oidcToken);
      assert.deepEqual([claims.iss, claims.sub, claims.aud], [iss, sub, 'api://AzureADTokenExchange']);
    });

    it('has the older issuer, and names, where it does not federate', async () => {
      const { id } = await create();
      const { json } = await requestIdentityToken(emulator, { query: { serviceConnectionId: id } });
      const { iss, sub } = claimsOf(json.oidcToken);
      assert.equal(iss, `https://vstoken.dev.azure.com/${emulator.state.organizationId}`);
      assert.equal(sub, 'sc://fabrikam/Fabrikam/vault');
      emulator.state.clock.set(Date.parse('2027-07-01T00:00:00Z'));
      assert.equal((await requestIdentityToken(emulator, { query: { serviceConnectionId: id } })).status, 501);
      emulator.state.clock.set(Date.parse('2027-06-30T00:00:00Z'));
      assert.equal((await requestIdentityToken(emulator, { query: { serviceConnectionId: id } })).status, 200);
      stored(id).isDisabled = true;
      assert.equal((await requestIdentityToken(emulator, { query: { serviceConnectionId: id } })).status, 501);
    });

    it('may be refused to extensions, or only with secrets', async () => {
      const { endpoints: rules } = emulator.state.collection;
      const post = async (parameters: object) =>
        (await ask(`POST ${endpoints}`, vaultBody(emulator, { authorization: { ...federated, parameters } }))).status;
      rules.federationOfExtensions = 'refused';
      assert.equal(await post({}), 400);
      rules.federationOfExtensions = 'withoutSecrets';
      assert.equal(await post({ key: 'k' }), 400);
      assert.equal(await post({}), 200);
    });
  });

  it('answers 501 to what it does not know', async () => {
    const { id } = await create();
    const unknown = [
      `PUT ${endpoints}/${id}?operation=ConvertAuthenticationScheme`,
      `GET /Fabrikam${endpoints}?actionFilter=everything`,
      `GET /_apis/permissions/${namespace}/1?tokens=endpoints/Collection/${id}`,
      `GET /_apis/permissions/${namespace}/2?tokens=endpoints/Collection`,
      `GET /_apis/permissions/${id}/2?tokens=x`,
      `GET /Fabrikam/_apis/serviceendpoint/${id}/executionhistory`,
    ];
    for (const request of unknown) {
      const body = request.startsWith('PUT') ? vaultBody(emulator) : undefined;
      assert.equal((await ask(request, body)).status, 501, request);
    }
    assert.deepEqual(outcome(await ask(`GET /Nowhere${endpoints}`)), [404, 'ProjectDoesNotExistWithNameException']);
    const missing = `PUT ${endpoints}/${emulator.state.project.id}`;
    assert.deepEqual(outcome(await ask(missing, vaultBody(emulator))), [404, 'ServiceEndpointNotFoundException']);
  });
});
