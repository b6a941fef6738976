import assert from 'node:assert/strict';
import { type Emulator, startEmulator } from '../../../dev/emulator';
import { createPat, namesOf, pats, pools } from './calls';
import { agentNamed, inProject } from './project-calls';

const groups = 'distributedtask/deploymentgroups';
const targets = `${groups}/1/targets`;

describe('emulated deployment groups', () => {
  let emulator: Emulator;
  let token: string;
  beforeEach(async () => {
    emulator = await startEmulator();
    ({ token } = await createPat(emulator, { scope: 'vso.machinegroup_manage' }));
  });
  afterEach(() => emulator.close());

  const add = (name: string) =>
    inProject(emulator, token, targets, { method: 'POST', body: { agent: agentNamed(name) } });

  it('are found by name, in a project by name or id, by those who may see them', async () => {
    const { json } = await inProject(emulator, token, groups, { query: { name: 'web-servers' } });
    const { project } = emulator.state;
    assert.equal(json.count, 1);
    assert.deepEqual(json.value[0].project, { id: project.id, name: 'Fabrikam' });
    assert.equal(json.value[0].pool.id, emulator.state.pool('Fabrikam-Web-Servers').id);
    assert.deepEqual(namesOf(await inProject(emulator, token, groups, { project: project.id })), ['Web-Servers']);
    assert.deepEqual(namesOf(await inProject(emulator, token, groups, { query: { name: 'Others' } })), []);
    const managed = { query: { actionFilter: 'manage' } };
    assert.equal(namesOf(await inProject(emulator, token, groups, managed)).length, 1);
    for (const { roles } of project.deploymentGroups) roles[emulator.state.users.default.oid] = 'use';
    assert.deepEqual(namesOf(await inProject(emulator, token, groups, managed)), []);
    for (const { roles } of project.deploymentGroups) delete roles[emulator.state.users.default.oid];
    assert.deepEqual(namesOf(await inProject(emulator, token, groups)), []);
  });

  it('take targets, whose agents are those of a pool, and learn how to sign in', async () => {
    const { status, json } = await add('web-01');
    assert.equal(status, 200);
    assert.ok(json.agent.authorization.clientId && json.agent.authorization.authorizationUrl);
    const [agent] = emulator.state.pool('Fabrikam-Web-Servers').agents;
    assert.deepEqual([agent?.name, agent?.systemCapabilities], ['web-01', { A: 'b' }]);
    await add('web-02');
    const list = (query: Record<string, string>) => inProject(emulator, token, targets, { query });
    assert.equal((await list({})).json.count, 2);
    assert.equal((await list({ $top: '1' })).json.count, 1);
    const found = await list({ name: 'WEB-01' });
    assert.deepEqual(found.json.value[0].agent.name, 'web-01');
    assert.equal(found.json.value[0].agent.systemCapabilities, undefined);
  });

  it('replace, tag and delete targets', async () => {
    const { id, agent } = (await add('web-01')).json;
    const replaced = await inProject(emulator, token, `${targets}/${id}`, {
      method: 'PUT',
      body: { id, agent: agentNamed('web-01') },
    });
    assert.equal(replaced.json.agent.id, agent.id);
    assert.notEqual(replaced.json.agent.authorization.clientId, agent.authorization.clientId);
    const tagged = await inProject(emulator, token, targets, {
      method: 'PATCH',
      body: [{ id, tags: ['web', 'blue'] }],
    });
    assert.deepEqual(tagged.json.value[0].tags, ['web', 'blue']);
    for (const [tags, status] of [
      ['web', 400],
      [undefined, 501],
    ] as const) {
      const reply = await inProject(emulator, token, targets, { method: 'PATCH', body: [{ id, tags }] });
      assert.equal(reply.status, status);
    }
    const [group] = (await inProject(emulator, token, groups)).json.value;
    assert.deepEqual([group.machineCount, group.machineTags], [1, ['web', 'blue']]);
    assert.equal((await inProject(emulator, token, `${targets}/${id}`, { method: 'DELETE' })).status, 204);
    assert.deepEqual(emulator.state.pool('Fabrikam-Web-Servers').agents, []);
    assert.equal((await inProject(emulator, token, targets)).json.count, 0);
  });

  it('are closed to the scopes of pools and environments, for each request', async () => {
    for (const scope of ['vso.agentpools_manage', 'vso.environment_manage', 'vso.agentpools']) {
      const other = (await createPat(emulator, { scope })).token;
      for (const [path, method] of [
        [groups, 'GET'],
        [targets, 'GET'],
        [targets, 'POST'],
        [targets, 'PATCH'],
        [`${targets}/1`, 'PUT'],
        [`${targets}/1`, 'DELETE'],
      ] as const) {
        const { status, text, headers } = await inProject(emulator, other, path, {
          method,
          ...(method === 'GET' ? {} : { body: {} }),
        });
        const refusal = [status, text, headers.get('www-authenticate')?.slice(0, 12)];
        assert.deepEqual(refusal, [401, '', 'Basic realm='], `${scope} ${method} ${path}`);
      }
    }
    const full = (await createPat(emulator, { scope: 'app_token' })).token;
    assert.equal((await inProject(emulator, full, groups)).status, 200);
    assert.equal((await pools(emulator, token)).status, 200);
  });

  it('are closed once the token is revoked', async () => {
    const { authorizationId, token: other } = await createPat(emulator, { scope: 'vso.machinegroup_manage' });
    await pats(emulator, 'DELETE', { query: { authorizationId } });
    assert.equal((await inProject(emulator, other, groups)).status, 401);
  });

  it('answer 501 where it is not known what the service answers', async () => {
    await add('web-01');
    const unknown = [
      add('WEB-01'),
      inProject(emulator, token, groups, { project: 'Elsewhere' }),
      inProject(emulator, token, `${groups}/9/targets`),
      inProject(emulator, token, `${targets}/99`, { method: 'DELETE' }),
      inProject(emulator, token, targets, { query: { name: 'web', partialNameMatch: 'true' } }),
      inProject(emulator, token, groups, { method: 'POST', body: { name: 'Others' } }),
    ];
    for (const reply of await Promise.all(unknown)) assert.equal(reply.status, 501);
    for (const { roles } of emulator.state.project.deploymentGroups) roles[emulator.state.users.default.oid] = 'use';
    assert.equal((await add('web-02')).status, 501);
    assert.equal((await inProject(emulator, token, targets)).status, 200);
  });
});
