import assert from 'node:assert/strict';
import { parseOrganization } from '../../../src/azure-devops/organization';
import { Pools } from '../../../src/azure-devops/pools';
import { TaskError } from '../../../src/errors';
import { Secret } from '../../../src/secret';
import { openPool, PoolView } from '../../../src/wait-for-agents/agents-online';
import { FakeRuntime, json, patOf } from '../../support/world';

const organization = parseOrganization('https://dev.azure.com/fabrikam', 'input-invalid');
const token = { token: new Secret(patOf(1)), kind: 'pat' } as const;
const poolsOf = (runtime: FakeRuntime) => new Pools(runtime.conversation(), organization, token);
const viewOf = (runtime: FakeRuntime) => new PoolView(poolsOf(runtime), { id: 7, name: 'Linux' });
const answering = (...value: unknown[]) => new FakeRuntime().script(json(200, { count: value.length, value }));
const base = 'https://dev.azure.com/fabrikam/_apis/distributedtask/pools';

describe('agents: finding the pool', () => {
  const find = (runtime: FakeRuntime, pool: string) => openPool(poolsOf(runtime), pool);

  it('takes the one of that name, whatever its case', async () => {
    const runtime = answering({ id: 1, name: 'Linux 2' }, { id: 2, name: 'LINUX' });
    const view = await find(runtime, 'Linux');
    runtime.reply = () => json(200, { value: [] });
    await view.agents();
    assert.match(runtime.requests[1]?.url ?? '', /\/pools\/2\/agents\?/);
  });

  it('escapes the name', async () => {
    const runtime = answering({ id: 3, name: 'a&b #ü' });
    await find(runtime, 'a&b #ü');
    assert.equal(new URL(runtime.requests[0]?.url ?? '').searchParams.get('poolName'), 'a&b #ü');
  });

  const strangers = [
    null,
    'Linux',
    { name: 'Linux' },
    { id: '7', name: 'Linux' },
    { id: 1.5, name: 'Linux' },
    { id: 7 },
  ];
  for (const stranger of strangers) {
    it(`is not content with ${JSON.stringify(stranger)}`, async () => {
      await assert.rejects(find(answering(stranger), 'Linux'), (error: unknown) => {
        assert.ok(error instanceof TaskError);
        return error.code === 'pool-not-found' && error.what.includes('"Linux" in "fabrikam"');
      });
    });
  }
});

describe('agents: who is online', () => {
  const list = async (...value: unknown[]) => {
    const runtime = answering(...value);
    return { runtime, agents: await viewOf(runtime).agents() };
  };

  it('tells name, state and since when, and asks for no capabilities', async () => {
    const { runtime, agents } = await list(
      { id: 1, name: 'a', status: 'online', enabled: true, statusChangedOn: '2026-03-01T13:00:00+01:00' },
      { id: 2, name: 'b', status: 'offline', enabled: true },
      { id: 3, name: 'c', status: 'online', enabled: false },
      { id: 4, name: 'd', status: 'online' },
    );
    assert.deepEqual(agents, [
      { id: 1, name: 'a', online: true, disabled: false, since: '2026-03-01T12:00:00.000Z' },
      { id: 2, name: 'b', online: false, disabled: false },
      { id: 3, name: 'c', online: false, disabled: true },
      { id: 4, name: 'd', online: true, disabled: false },
    ]);
    assert.equal(runtime.requests[0]?.url, `${base}/7/agents?includeCapabilities=false&api-version=7.1`);
  });

  it('leaves out what is no agent, and a time that is none', async () => {
    const { agents } = await list(null, 7, {}, { id: 'x', name: 'a' }, { id: 1 }, { id: 2, name: ['a'] }, [], {
      id: 3,
      name: 'b',
      status: 'busy',
      statusChangedOn: 'yesterday',
    });
    assert.deepEqual(agents, [{ id: 3, name: 'b', online: false, disabled: false }]);
  });

  it('takes a list of some megabytes', async () => {
    const { runtime } = await list();
    assert.equal(runtime.requests[0]?.maxBytes, 16 * 1024 * 1024);
  });
});

describe('agents: capabilities', () => {
  const agent = { id: 5, name: 'build&1', online: true, disabled: false };
  const read = async (...value: unknown[]) => {
    const runtime = answering(...value);
    return { runtime, capabilities: await viewOf(runtime).capabilities(agent) };
  };

  it('are those of the machine and those that people gave it, with names in lower case', async () => {
    const { runtime, capabilities } = await read({
      id: 5,
      systemCapabilities: { 'Agent.OS': 'Linux', size: 'S' },
      userCapabilities: { size: 'L' },
    });
    assert.deepEqual(Object.fromEntries(capabilities), { 'agent.os': 'Linux', size: 'L' });
    assert.equal(
      runtime.requests[0]?.url,
      `${base}/7/agents?agentName=build%261&includeCapabilities=true&api-version=7.1`,
    );
  });

  it('are none where another agent or none is told', async () => {
    assert.equal((await read({ id: 6, systemCapabilities: { a: 'b' } })).capabilities.size, 0);
    assert.equal((await read()).capabilities.size, 0);
  });

  for (const odd of [null, 'text', 7, ['x'], { docker: { toString: 1, valueOf: 1 } }]) {
    it(`are read without a fault from ${JSON.stringify(odd)}`, async () => {
      const { capabilities } = await read({ id: 5, systemCapabilities: odd, userCapabilities: odd });
      assert.ok([...capabilities.values()].every((value) => typeof value === 'string'));
    });
  }
});
