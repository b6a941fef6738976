import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RegisterOptions, registerAgent, removeAgent } from '../../../dev/agent';
import { type Emulator, startEmulator } from '../../../dev/emulator';
import { giveKey } from '../../support/agent-key';
import { createPat } from '../emulator/calls';

const places = [
  {
    kind: 'deploymentGroup',
    name: 'Web-Servers',
    scope: 'vso.machinegroup_manage',
    pool: 'Fabrikam-Web-Servers',
    requests: ['deploymentGroups.list', 'targets.list', 'targets.add', 'targets.update'],
    missing: "Deployment Group not found: 'Elsewhere'",
    taken: 'DeploymentGroup 1 already contains a machine with name web-01.',
  },
  {
    kind: 'environment',
    name: 'production',
    scope: 'vso.environment_manage',
    pool: 'Fabrikam-production',
    requests: ['environments.list', 'virtualMachines.list', 'virtualMachines.add', 'environmentPool.get'],
    missing: "Environment not found: 'Elsewhere'",
    taken: 'Environment 1 already contains a virtual machine resource with name web-01.',
  },
] as const;

for (const { kind, name, scope, pool, requests, missing, taken } of places) {
  describe(`registering client, with a place of the kind ${kind}`, () => {
    let emulator: Emulator;
    let folder: string;
    let token: string;
    beforeEach(async () => {
      emulator = await startEmulator();
      folder = await mkdtemp(join(tmpdir(), 'agent-'));
      ({ token } = await createPat(emulator, { scope }));
    });
    afterEach(async () => {
      await emulator.close();
      await rm(folder, { recursive: true });
    });

    const register = async (changes: Partial<RegisterOptions> = {}, placeName: string = name) => {
      await giveKey(changes.directory ?? join(folder, 'one'));
      return registerAgent({
        url: emulator.organizationUrl,
        token,
        pool: 'default',
        placeInProject: { kind, project: 'Fabrikam', name: placeName, tags: ['web', 'blue'] },
        agent: 'web-01',
        directory: join(folder, 'one'),
        environment: {},
        ...changes,
      });
    };
    const remove = () => removeAgent({ token, directory: join(folder, 'one') });
    const tags = () => {
      const { deploymentGroups, environments } = emulator.state.project;
      const [place] =
        kind === 'environment'
          ? environments.map((one) => one.virtualMachines)
          : deploymentGroups.map((one) => one.targets);
      return place?.map((registered) => registered.tags);
    };

    it('registers in the order of a real agent, with tags, and keeps no token', async () => {
      emulator.requests.length = 0;
      await register();
      const asked = emulator.requests.map(({ operation }) => operation);
      const own = asked.filter((operation) => !['locations', 'resourceAreas', 'connectionData'].includes(operation));
      assert.deepEqual(own, [...requests, 'agents.token']);
      assert.deepEqual(
        emulator.state.pool(pool).agents.map((agent) => agent.name),
        ['web-01'],
      );
      assert.deepEqual(tags(), [['web', 'blue']]);
      for (const file of ['.agent', '.credentials', '.credentials_rsaparams']) {
        assert.ok(!(await readFile(join(folder, 'one', file), 'utf8')).includes(token), file);
      }
      assert.ok(!JSON.stringify(emulator.state.pool(pool).agents).includes(token));
    });

    it('removes what it has registered, with a token of the same scope', async () => {
      await register();
      await remove();
      assert.deepEqual([emulator.state.pool(pool).agents, tags()], [[], []]);
    });

    it('replaces an agent only where --replace is given', async () => {
      await register();
      const directory = join(folder, 'two');
      await assert.rejects(register({ directory }), { message: taken });
      const [before] = emulator.state.pool(pool).agents.map(({ clientId }) => clientId);
      await register({ directory, replace: true });
      const { agents } = emulator.state.pool(pool);
      assert.equal(agents.length, 1);
      assert.notEqual(agents[0]?.clientId, before);
    });

    it('fails where the place is not there', () => assert.rejects(register({}, 'Elsewhere'), { message: missing }));

    for (const other of ['vso.agentpools_manage', 'vso.machinegroup_manage', 'vso.environment_manage']) {
      if (other === scope) continue;
      it(`is refused with a token of the scope ${other}, and cannot remove with it`, async () => {
        await register();
        ({ token } = await createPat(emulator, { scope: other }));
        await assert.rejects(register({ directory: join(folder, 'two') }), /VS30063|TF400813/);
        await assert.rejects(remove(), /VS30063|TF400813/);
        assert.equal(emulator.state.pool(pool).agents.length, 1);
      });
    }
  });
}
