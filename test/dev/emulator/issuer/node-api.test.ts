import assert from 'node:assert/strict';
import { getBearerHandler, WebApi } from 'azure-devops-node-api';
import { type Emulator, startEmulator } from '../../../../dev/emulator';
import { vaultBody, vaultExtension } from './organization-calls';

describe("Microsoft's own client on the emulated organization", () => {
  let emulator: Emulator;
  let api: WebApi;
  beforeEach(async () => {
    emulator = await startEmulator();
    emulator.installExtension(vaultExtension);
    const token = emulator.azureCliToken(emulator.addAdministrator(), 'azureDevOps');
    api = new WebApi(emulator.organizationUrl, getBearerHandler(token));
  });
  afterEach(() => emulator.close());

  it('makes, reads, changes and deletes a service connection', async () => {
    const client = await api.getServiceEndpointApi();
    assert.deepEqual(
      (await client.getServiceEndpointTypes('Vault')).map(({ name }) => name),
      ['Vault'],
    );
    const created = await client.createServiceEndpoint(vaultBody(emulator));
    assert.equal(created.authorization?.parameters?.key, null);
    const read = await client.getServiceEndpointDetails('Fabrikam', created.id ?? '');
    await client.updateServiceEndpoint({ ...read, description: 'changed' }, created.id ?? '');
    const endpoint = emulator.state.collection.endpoints.named('vault');
    assert.deepEqual([endpoint.description, endpoint.parameters.key], ['changed', 'the key']);
    const [listed] = await client.getServiceEndpointsByNames('Fabrikam', ['vault']);
    assert.equal(listed?.id, created.id);
    await client.deleteServiceEndpoint(created.id ?? '', [emulator.state.project.id]);
    assert.equal(emulator.state.collection.endpoints.all.length, 0);
  });

  it('looks up projects, pipelines, extensions and roles', async () => {
    emulator.addPipeline('renew');
    const core = await api.getCoreApi();
    assert.equal((await core.getProject('Fabrikam')).id, emulator.state.project.id);
    const definitions = await (await api.getBuildApi()).getDefinitions('Fabrikam', 'renew');
    assert.deepEqual(
      definitions.map(({ name }) => name),
      ['renew'],
    );
    const installed = await (await api.getExtensionManagementApi()).getInstalledExtensionByName('contoso', 'vault');
    assert.equal(installed.version, '1.2.3');
    const roles = await api.getSecurityRolesApi();
    const given = await roles.getRoleAssignments('distributedtask.agentpoolrole', '1');
    assert.ok(given.some(({ role }) => role?.name === 'Administrator'));
  });
});
