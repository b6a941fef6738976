import assert from 'node:assert/strict';
import { type Emulator, startEmulator } from '../../../dev/emulator';
import { createPat, namesOf } from './calls';
import { agentNamed, inProject } from './project-calls';

const environments = 'pipelines/environments';
const machines = `${environments}/1/providers/virtualmachines`;

describe('emulated environments', () => {
  let emulator: Emulator;
  let token: string;
  beforeEach(async () => {
    emulator = await startEmulator();
    ({ token } = await createPat(emulator, { scope: 'vso.environment_manage' }));
  });
  afterEach(() => emulator.close());

  const add = (name: string, credential = token) =>
    inProject(emulator, credential, machines, {
      method: 'POST',
      body: { virtualMachineResource: { name, agent: agentNamed(name), tags: ['web'] } },
    });

  it('are found by name, with their project and the pool of their agents', async () => {
    const { json } = await inProject(emulator, token, environments, { query: { name: 'Production' } });
    assert.deepEqual([json.count, json.value[0].name], [1, 'production']);
    assert.deepEqual(json.value[0].project, { id: emulator.state.project.id, name: 'Fabrikam' });
    const pool = await inProject(emulator, token, `${machines}/pool`);
    assert.equal(pool.json.id, emulator.state.pool('Fabrikam-production').id);
    assert.deepEqual(namesOf(await inProject(emulator, token, environments, { query: { name: 'test' } })), []);
  });

  it('take virtual machines, which learn how to sign in', async () => {
    const { status, json } = await add('web-01');
    assert.deepEqual([status, json.name, json.tags, json.type], [200, 'web-01', ['web'], 'virtualMachine']);
    assert.ok(json.agent.authorization.clientId && json.agent.authorization.authorizationUrl);
    await add('web-02');
    assert.deepEqual(namesOf(await inProject(emulator, token, machines)), ['web-01', 'web-02']);
    assert.deepEqual(namesOf(await inProject(emulator, token, machines, { query: { name: 'WEB-02' } })), ['web-02']);
    const { agents } = emulator.state.pool('Fabrikam-production');
    assert.deepEqual(
      agents.map(({ name }) => name),
      ['web-01', 'web-02'],
    );
  });

  it('replace and delete virtual machines', async () => {
    const { id, agent } = (await add('web-01')).json;
    const body = { id, name: 'web-01', agent: agentNamed('web-01'), tags: ['web', 'new'] };
    const replaced = await inProject(emulator, token, machines, { method: 'PUT', body });
    assert.deepEqual([replaced.json.id, replaced.json.tags], [id, ['web', 'new']]);
    assert.notEqual(replaced.json.agent.authorization.clientId, agent.authorization.clientId);
    assert.equal((await inProject(emulator, token, `${machines}/${id}`, { method: 'DELETE' })).status, 204);
    assert.deepEqual(emulator.state.pool('Fabrikam-production').agents, []);
  });

  it('are open to each scope as far as it is documented, and closed to those of pools and deployment groups', async () => {
    const statuses = async (scope: string) => {
      const other = (await createPat(emulator, { scope })).token;
      const ask = (path: string, method: string) =>
        inProject(emulator, other, path, { method, ...(method === 'GET' ? {} : { body: { id: 99 } }) });
      const replies = [
        await ask(environments, 'GET'),
        await ask(machines, 'GET'),
        await ask(`${machines}/pool`, 'GET'),
        await add(`of-${scope}`, other),
        await ask(machines, 'PUT'),
        await ask(`${machines}/99`, 'DELETE'),
      ];
      return replies.map(({ status }) => status);
    };
    const nothing = [401, 401, 401, 401, 401, 401];
    assert.deepEqual(await statuses('vso.environment_manage'), [200, 200, 200, 200, 501, 501]);
    assert.deepEqual(await statuses('vso.build_execute'), [200, 200, 200, 200, 401, 401]);
    assert.deepEqual(await statuses('vso.build'), [200, 200, 200, 401, 401, 401]);
    assert.deepEqual(await statuses('vso.agentpools_manage'), nothing);
    assert.deepEqual(await statuses('vso.machinegroup_manage'), nothing);
  });

  it('answer 501 where it is not known what the service answers', async () => {
    await add('web-01');
    const unknown = [
      add('web-01'),
      inProject(emulator, token, `${environments}/9/providers/virtualmachines`),
      inProject(emulator, token, machines, { method: 'PATCH', body: {} }),
      inProject(emulator, token, `${environments}/1/providers/kubernetes`),
      inProject(emulator, token, environments, { method: 'POST', body: { name: 'production' } }),
    ];
    for (const reply of await Promise.all(unknown)) assert.equal(reply.status, 501);
  });

  it('refuse a body that is none', async () => {
    for (const body of [{}, { virtualMachineResource: 'web-01' }, { virtualMachineResource: { name: 'web-01' } }]) {
      assert.equal((await inProject(emulator, token, machines, { method: 'POST', body })).status, 400);
    }
  });
});
