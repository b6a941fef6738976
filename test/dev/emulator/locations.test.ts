import assert from 'node:assert/strict';
import { getBasicHandler, getBearerHandler, WebApi } from 'azure-devops-node-api';
import { type Emulator, startEmulator } from '../../../dev/emulator';
import { basic, call, claimsOf, createPat } from './calls';

describe('emulated location service', () => {
  let emulator: Emulator;
  beforeEach(async () => {
    emulator = await startEmulator({ organization: 'contoso' });
  });
  afterEach(() => emulator.close());

  it('answers what azure-devops-node-api asks on its way to a pool', async () => {
    const { token } = await createPat(emulator);
    const webApi = new WebApi(emulator.organizationUrl, getBasicHandler('', token, false), {
      allowRedirects: false,
      proxy: { proxyUrl: '' },
    });
    const api = await webApi.getTaskAgentApi();
    const [pool] = await api.getAgentPools('Default');
    assert.equal(pool?.name, 'Default');
    assert.deepEqual(
      emulator.requests.slice(1).map(({ operation, status }) => [operation, status]),
      [
        ['locations', 200],
        ['resourceAreas', 200],
        ['locations', 200],
        ['pools.list', 200],
      ],
    );
  });

  it('answers what azure-devops-node-api asks for an identity token', async () => {
    const { state, federated } = emulator;
    const webApi = new WebApi(emulator.organizationUrl, getBearerHandler(state.jobAccessToken, false), {
      allowRedirects: false,
      proxy: { proxyUrl: '' },
    });
    const [project, plan, job] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
    const api = await webApi.getTaskApi();
    const { oidcToken } = await api.createOidcToken({}, project, 'build', plan, job, federated.connectionId);
    assert.equal(claimsOf(oidcToken ?? '').sub, 'sc://contoso/Fabrikam/fabrikam-agents');
  });

  it('answers where an area is, to anyone', async () => {
    const url = `${emulator.organizationUrl}/_apis/resourceAreas/55967393-20ef-45c6-a96c-b5d5d5986a9a`;
    const { status, json } = await call(`${url}?api-version=5.0-preview.1`);
    assert.equal(status, 200);
    assert.deepEqual([json.name, json.locationUrl], ['Tokens', `${emulator.organizationUrl}/`]);
    const unknown = await call(`${emulator.organizationUrl}/_apis/resourceAreas/${crypto.randomUUID()}`);
    assert.equal(unknown.status, 404);
  });

  it('describes every resource it has', async () => {
    const described = async (area: string) => {
      const { json } = await call(`${emulator.organizationUrl}/_apis/${area}`, { method: 'OPTIONS' });
      return json.value.map(({ resourceName }: { resourceName: string }) => resourceName);
    };
    const all = await described('');
    for (const name of ['pools', 'agents', 'targets', 'oidctoken', 'ResourceAreas', 'endpoints', 'projects']) {
      assert.ok(all.includes(name), name);
    }
    assert.deepEqual(await described('serviceendpoint'), ['endpoints', 'endpoints', 'types']);
  });

  it('says who is connected', async () => {
    const { token } = await createPat(emulator);
    const ask = () =>
      call(`${emulator.organizationUrl}/_apis/connectionData?connectOptions=1`, {
        headers: { authorization: basic(token) },
      });
    const { json } = await ask();
    assert.equal(json.authenticatedUser.id, emulator.identityIdOf(emulator.state.users.default));
    assert.equal(json.deploymentType, 'hosted');
    assert.equal(json.locationServiceData.serviceOwner, '00000000-0000-0000-0000-000000000000');
    assert.equal(json.instanceId, emulator.state.organizationId);
    assert.equal((await ask()).json.instanceId, json.instanceId);
  });

  it('asks an unknown caller for a bearer token', async () => {
    const { status, headers } = await call(`${emulator.organizationUrl}/_apis/connectionData`, {
      headers: { 'X-TFS-FedAuthRedirect': 'Suppress' },
    });
    assert.equal(status, 401);
    assert.match(headers.get('www-authenticate') ?? '', /^Bearer authorization_uri=/);
  });
});
