import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as azureDevOps from 'azure-devops-node-api';
import type { ITaskAgentApi } from 'azure-devops-node-api/TaskAgentApi';
import { type Emulator, startEmulator } from '../../../dev/emulator';
import { loseMachine } from '../../../dev/emulator/azure-devops/pools/lost-machines';
import { addAgentPackage } from '../../../dev/emulator/azure-devops/pools/packages';
import { call, createPat, namesOf, pools } from './calls';
import { agentNamed } from './project-calls';

const minute = 60_000;

describe('changes to emulated pools and agents', () => {
  let emulator: Emulator;
  let token: string;
  let client: ITaskAgentApi;

  beforeEach(async () => {
    emulator = await startEmulator();
    token = (await createPat(emulator, { scope: 'vso.environment_manage' })).token;
    const connection = new azureDevOps.WebApi(
      emulator.organizationUrl,
      azureDevOps.getPersonalAccessTokenHandler(token),
    );
    client = await connection.getTaskAgentApi();
  });

  afterEach(() => emulator.close());

  /** As an agent does, which writes its key as text where the client's types have bytes. */
  async function add(agent: object): Promise<number> {
    const { json } = await pools(emulator, token, { path: '/1/agents', method: 'POST', body: agent });
    return json.id;
  }

  it('lets those who may create pools add one, which they administer, and delete it', async () => {
    const added = await client.addAgentPool({ name: 'Burst', autoProvision: false });
    assert.equal(added.name, 'Burst');
    assert.deepEqual(namesOf(await pools(emulator, token, { query: { actionFilter: 'manage', poolName: 'burst' } })), [
      'Burst',
    ]);
    await client.deleteAgentPool(Number(added.id));
    assert.deepEqual(namesOf(await pools(emulator, token, { query: { poolName: 'Burst' } })), []);
    emulator.state.poolCreators.clear();
    await assert.rejects(client.addAgentPool({ name: 'Other' }), { statusCode: 501 });
  });

  it('changes an agent, and what a person says that it can do', async () => {
    const id = await add(agentNamed('one'));
    await client.updateAgent({ id, enabled: false, maxParallelism: 2 }, 1, id);
    await client.updateAgentUserCapabilities({ gpu: 'yes' }, 1, id);
    const now = await client.getAgent(1, id, true);
    assert.deepEqual([now.enabled, now.maxParallelism, now.userCapabilities], [false, 2, { gpu: 'yes' }]);
    assert.deepEqual(now.systemCapabilities, { A: 'b' });
    await assert.rejects(client.updateAgent({ id, version: '9.9.9' }, 1, id), { statusCode: 501 });
  });

  it('filters by ids and demands, and refuses what it would have to ignore', async () => {
    assert.deepEqual(namesOf(await pools(emulator, token, { query: { poolIds: '2,3,99' } })), [
      'Build-Linux',
      'Build-Windows',
    ]);
    await add(agentNamed('one'));
    await add({ ...agentNamed('two'), systemCapabilities: { A: 'c', B: '' } });
    const names = async (demands: string) =>
      namesOf(await pools(emulator, token, { path: '/1/agents', query: { demands } }));
    assert.deepEqual(await names('A'), ['one', 'two']);
    assert.deepEqual(await names('a -equals c'), ['two']);
    assert.deepEqual(await names('A,b'), ['two']);
    assert.deepEqual(await names('A -equals d'), []);
    for (const [path, query] of [
      ['', { properties: 'x' }],
      ['/1/agents', { demands: 'A -gt 1' }],
      ['/1/agents', { includeAssignedRequest: 'true' }],
      ['/1/agents', { propertyFilters: 'x' }],
      ['/1/agents', { poolName: 'x' }],
    ] as const) {
      assert.equal((await pools(emulator, token, { path, query: { ...query } })).status, 501, JSON.stringify(query));
    }
  });

  it('shows an agent online for five minutes after its machine has gone', async () => {
    await add(agentNamed('one'));
    emulator.state.setAgentStatus('Default', 'one', 'online');
    const [agent] = emulator.state.pool('Default').agents;
    assert.ok(agent);
    const lostAt = emulator.state.clock.now();
    loseMachine(agent, emulator.state);
    const seen = async () => (await pools(emulator, token, { path: '/1/agents' })).json.value[0];
    emulator.state.clock.advance(5 * minute - 2000);
    assert.equal((await seen()).status, 'online');
    emulator.state.clock.advance(2500);
    const { status, statusChangedOn } = await seen();
    assert.equal(status, 'offline');
    assert.ok(Math.abs(Date.parse(statusChangedOn) - (lostAt + 5 * minute)) < 1000);
    emulator.state.setAgentStatus('Default', 'one', 'online');
    assert.equal((await seen()).status, 'online');
  });

  it('offers packages for each platform, whose hash is that of the download', async () => {
    for (const platform of ['linux-x64', 'linux-musl-arm64', 'win-arm64']) {
      addAgentPackage(emulator.state, { platform, version: '4.248.0', content: Buffer.from(`agent for ${platform}`) });
    }
    const [offered, ...others] = await client.getPackages('agent', 'linux-musl-arm64', 1);
    assert.ok(offered?.downloadUrl);
    assert.deepEqual(others, []);
    const { bytes } = await call(offered.downloadUrl);
    assert.equal(bytes.toString(), 'agent for linux-musl-arm64');
    assert.equal(offered.hashValue, createHash('sha256').update(bytes).digest('hex'));
    assert.match(offered.downloadUrl, /\/vsts-agent-linux-musl-arm64-4\.248\.0\.tar\.gz$/);
    const [windows] = await client.getPackages('agent', 'win-arm64');
    assert.match(windows?.downloadUrl ?? '', /\.zip$/);
    assert.equal((await call(`${emulator.url}/agent/4.248.0/other.tar.gz`)).status, 404);
  });

  it('adds an environment, with a pool for its machines', async () => {
    const added = await client.addEnvironment({ name: 'staging' }, 'Fabrikam');
    const [found] = await client.getEnvironments('Fabrikam', 'staging');
    assert.equal(found?.id, added.id);
    assert.ok(emulator.state.pools.some(({ name }) => name === 'Fabrikam-staging'));
  });
});
