import assert from 'node:assert/strict';
import { type Emulator, startEmulator } from '../../../../dev/emulator';
import type { ServiceEndpoint } from '../../../../dev/emulator/service-endpoints/endpoint';
import { organizationCall } from './organization-calls';

const configurations = '/Fabrikam/_apis/pipelines/checks/configurations';

describe('emulated pipeline permissions and checks', () => {
  let emulator: Emulator;
  let token: string;
  let endpoint: ServiceEndpoint;
  beforeEach(async () => {
    emulator = await startEmulator();
    token = emulator.azureCliToken(emulator.addAdministrator(), 'azureDevOps');
    endpoint = emulator.addServiceEndpoint({ name: 'vault', type: 'Generic' });
  });
  afterEach(() => emulator.close());

  const ask = (request: string, body?: unknown, as = token) => organizationCall(emulator, request, { token: as, body });
  const permissions = () => `/Fabrikam/_apis/pipelines/pipelinepermissions/endpoint/${endpoint.id}`;
  const check = (type: string, settings: object, more: object = {}) => ({
    type: { id: type },
    settings,
    resource: { type: 'endpoint', id: endpoint.id, name: 'vault' },
    ...more,
  });
  const approval = '8c6f20a7-a545-4486-9777-f762fafe0d4d';
  const taskCheck = 'fe1de3ee-a436-41b4-bb20-f6eb4cb879a7';
  const branches = {
    displayName: 'Branch control',
    definitionRef: { id: '86b05a0c-73e6-4f7d-b3cf-e38f3b39a75b', name: 'evaluatebranchProtection', version: '0.0.1' },
    inputs: { allowedBranches: 'refs/heads/main', ensureProtectionOfBranch: 'true', allowUnknownStatusBranch: 'false' },
  };

  it('opens a connection to the pipelines that are named, and to all only where that is asked for', async () => {
    const pipeline = emulator.addPipeline('register');
    const named = { pipelines: [{ id: pipeline.id, authorized: true }] };
    assert.deepEqual((await ask(`GET ${permissions()}`)).json.pipelines, []);
    const { json } = await ask(`PATCH ${permissions()}`, named);
    assert.deepEqual([json.pipelines[0].id, json.pipelines[0].authorized, json.allPipelines], [1, true, undefined]);
    await ask(`PATCH ${permissions()}`, { allPipelines: { authorized: true } });
    const after = (await ask(`GET ${permissions()}`)).json;
    assert.deepEqual([after.allPipelines.authorized, after.pipelines.length], [true, 1]);
    await ask(`PATCH ${permissions()}`, { pipelines: [{ id: pipeline.id, authorized: false }] });
    assert.equal(endpoint.pipelines.size, 0);
  });

  it('refuses who is no administrator of it, and a pipeline that is not there', async () => {
    emulator.addPipeline('register');
    const named = (id: number) => ({ pipelines: [{ id, authorized: true }] });
    assert.equal((await ask(`PATCH ${permissions()}`, named(1), emulator.state.jobAccessToken)).status, 403);
    assert.equal((await ask(`PATCH ${permissions()}`, named(9))).status, 501);
    emulator.setEndpointRole(endpoint, emulator.state.collection.buildService, { project: 'Administrator' });
    assert.equal((await ask(`PATCH ${permissions()}`, named(1), emulator.state.jobAccessToken)).status, 200);
  });

  it('keeps checks, with their settings where those are asked for', async () => {
    const approvers = [{ id: emulator.identityIdOf(emulator.state.users.colleague) }];
    const { json } = await ask(`POST ${configurations}`, check(approval, { approvers }, { timeout: 1440 }));
    assert.deepEqual([json.id, json.type.name, json.timeout], [1, 'Approval', 1440]);
    assert.equal((await ask(`POST ${configurations}`, check(taskCheck, branches, { timeout: 1440 }))).status, 200);
    const list = async (more = '') =>
      (await ask(`GET ${configurations}?resourceType=endpoint&resourceId=${endpoint.id}${more}`)).json.value;
    assert.deepEqual(
      (await list()).map(({ settings, resource }: Record<string, { id: string }>) => [settings, resource?.id]),
      [
        [undefined, endpoint.id],
        [undefined, endpoint.id],
      ],
    );
    assert.deepEqual((await list('&$expand=settings'))[1].settings, branches);
    assert.equal((await ask(`DELETE ${configurations}/1`)).status, 204);
    assert.deepEqual(
      (await list()).map(({ id }: { id: number }) => id),
      [2],
    );
  });

  const lock = '2ef31ad6-baa0-403a-8b45-2cbc9b4e5563';
  const refused: Array<[string, () => object, number]> = [
    ['an approval without approvers', () => check(approval, { approvers: [] }), 400],
    ['a timeout that is too long', () => check(lock, {}, { timeout: 43_201 }), 400],
    ['an approver who is not there', () => check(approval, { approvers: [{ id: 'x' }] }), 501],
    ['a task check that is no branch control', () => check(taskCheck, { definitionRef: { id: 'x' } }), 501],
    ['a type it does not know', () => check('4020e66e-b0f3-47e1-bc88-48f3cc59b5f3', {}), 501],
    ['another resource', () => check(lock, {}, { resource: { type: 'queue', id: '1' } }), 501],
  ];
  for (const [what, body, status] of refused) {
    it(`refuses ${what}`, async () => {
      assert.equal((await ask(`POST ${configurations}`, body())).status, status);
      assert.equal(endpoint.checks.length, 0);
    });
  }

  it('refuses checks of who is no administrator', async () => {
    assert.equal((await ask(`POST ${configurations}`, check(lock, {}), emulator.state.jobAccessToken)).status, 403);
  });
});
