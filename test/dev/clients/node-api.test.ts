import assert from 'node:assert/strict';
import { getBasicHandler, WebApi } from 'azure-devops-node-api';
import type { TaskAgent } from 'azure-devops-node-api/interfaces/TaskAgentInterfaces';
import type { ITaskAgentApi } from 'azure-devops-node-api/TaskAgentApi';
import { type Emulator, startEmulator } from '../../../dev/emulator';
import { createPat } from '../emulator/calls';

/** The library declares bytes as lists of numbers; in JSON they are texts in base64. */
const publicKey = { exponent: 'AQAB', modulus: 'u1SU1LfVLPHCozMxH2Mo' };
const agent = { name: 'build-1', version: '4.248.0', authorization: { publicKey } } as unknown as TaskAgent;

describe('azure-devops-node-api', () => {
  let emulator: Emulator;
  beforeEach(async () => {
    emulator = await startEmulator();
  });
  afterEach(() => emulator.close());

  async function apiWith(scope: string): Promise<ITaskAgentApi> {
    const { token } = await createPat(emulator, { scope });
    const options = { allowRedirects: false, proxy: { proxyUrl: '' } };
    return new WebApi(emulator.organizationUrl, getBasicHandler('', token, false), options).getTaskAgentApi();
  }

  it('adds, finds, replaces and deletes an agent of a pool', async () => {
    const api = await apiWith('vso.agentpools_manage');
    const [pool] = await api.getAgentPools('Default');
    const poolId = pool?.id ?? 0;
    const added = await api.addAgent(agent, poolId);
    assert.equal((await api.getAgents(poolId, 'build-1'))[0]?.id, added.id);
    await api.replaceAgent({ ...agent, id: added.id ?? 0, version: '5.278.0' }, poolId, added.id ?? 0);
    assert.equal((await api.getAgent(poolId, added.id ?? 0)).version, '5.278.0');
    await api.deleteAgent(poolId, added.id ?? 0);
    assert.deepEqual(await api.getAgents(poolId), []);
  });

  it('is refused an agent by a token that may only read', async () => {
    const api = await apiWith('vso.agentpools');
    const [pool] = await api.getAgentPools('Default');
    const adding = api.addAgent(agent, pool?.id ?? 0);
    await assert.rejects(adding, (error: Error & { statusCode?: number }) => error.statusCode === 401);
  });

  it('finds a deployment group and its targets', async () => {
    const api = await apiWith('vso.machinegroup_manage');
    const [group] = await api.getDeploymentGroups('Fabrikam', 'Web-Servers');
    assert.equal(group?.name, 'Web-Servers');
    assert.deepEqual(await api.getDeploymentTargets('Fabrikam', group?.id ?? 0), []);
  });
});
