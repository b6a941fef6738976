import assert from 'node:assert/strict';
import { parseOrganization } from '../../../src/azure-devops/organization';
import { TaskError } from '../../../src/errors';
import type { HttpOutcome } from '../../../src/http/runtime';
import { Secret } from '../../../src/secret';
import { type Target, WatchedAgents } from '../../../src/wait-for-agents/watched-agents';
import { envelope, FakeRuntime, json, patOf, text } from '../../support/world';

const organization = parseOrganization('https://dev.azure.com/fabrikam', 'input-invalid');
const project = { organization, id: 'My Project', title: 'the project "My Project"' };
const base = 'https://dev.azure.com/fabrikam';

const targets: Record<Target['kind'], Target> = {
  pool: { kind: 'pool', name: 'Linux' },
  deploymentGroup: { kind: 'deploymentGroup', name: 'Web & App', project },
  environment: { kind: 'environment', name: 'production', project },
};

function watch(runtime: FakeRuntime, target: Target = targets.pool): WatchedAgents {
  const token = { token: new Secret(patOf(1)), kind: 'pat' } as const;
  return new WatchedAgents(runtime.conversation(), { organization, target, ...token });
}

/** The paths and queries that were asked for, in order. */
function asked({ requests }: FakeRuntime): string[] {
  return requests.map(({ url }) => url.slice(base.length));
}

/** A service with one target of each kind, whose lists are as given. */
function serving(list: unknown[], capable: unknown[] = []): FakeRuntime {
  const runtime = new FakeRuntime();
  const lists: [path: RegExp, value: () => unknown[]][] = [
    [/\/pools$/, () => [{ id: 1, name: 'Linux 2' }, null, { id: '8', name: 'linux' }, { id: 7, name: 'LINUX' }]],
    [/\/deploymentgroups$/, () => [{ id: 3, name: 'web & app', pool: { id: 9 } }]],
    [/\/deploymentgroups\/3\/targets$/, () => list.map((agent) => ({ id: 1, tags: [], agent }))],
    [/\/environments$/, () => [{ id: 4, name: 'Production' }]],
    [/\/environments\/4\/providers\/virtualmachines$/, () => list.map((agent) => ({ id: 1, name: 'x', agent }))],
    [/\/pools\/\d+\/agents$/, () => list],
  ];
  runtime.reply = ({ url }) => {
    const { pathname, searchParams } = new URL(url);
    if (pathname.endsWith('/virtualmachines/pool')) return json(200, { id: 11, name: 'of production' });
    if (searchParams.has('agentName')) return json(200, { value: capable });
    const found = lists.find(([path]) => path.test(pathname));
    return found ? json(200, { value: found[1]() }) : text(501, '');
  };
  return runtime;
}

async function failureOf(promise: Promise<unknown>): Promise<TaskError> {
  const error = await promise.then(
    () => assert.fail('it succeeded'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof TaskError, String(error));
  return error;
}

describe('watched agents: where they are', () => {
  const preview = 'api-version=7.1-preview.1';
  const inProject = '/My%20Project/_apis';
  for (const [kind, requests] of [
    [
      'pool',
      [
        '/_apis/distributedtask/pools?poolName=Linux&api-version=7.1',
        '/_apis/distributedtask/pools/7/agents?includeCapabilities=false&api-version=7.1',
      ],
    ],
    [
      'deploymentGroup',
      [
        `${inProject}/distributedtask/deploymentgroups?name=Web+%26+App&${preview}`,
        `${inProject}/distributedtask/deploymentgroups/3/targets?${preview}`,
      ],
    ],
    [
      'environment',
      [
        `${inProject}/pipelines/environments?name=production&${preview}`,
        `${inProject}/pipelines/environments/4/providers/virtualmachines?${preview}`,
      ],
    ],
  ] as const) {
    it(`are found by the name of the ${kind}, in any case, and listed again without another search`, async () => {
      const runtime = serving([{ id: 5, name: 'a', status: 'online' }]);
      const watched = watch(runtime, targets[kind]);
      assert.deepEqual(await watched.list(), [{ id: 5, name: 'a', online: true, disabled: false }]);
      await watched.list();
      assert.deepEqual(asked(runtime), [...requests, requests[1]]);
    });
  }

  for (const [kind, pool, more] of [
    ['pool', 7, []],
    ['deploymentGroup', 9, []],
    ['environment', 11, [`${inProject}/pipelines/environments/4/providers/virtualmachines/pool?${preview}`]],
  ] as const) {
    it(`have their capabilities in the pool of the ${kind}, which is looked up once`, async () => {
      const agent = { id: 5, name: 'build&1', online: true, disabled: false };
      const runtime = serving([], [{ id: 5, userCapabilities: { a: 'b' } }]);
      const watched = watch(runtime, targets[kind]);
      await watched.list();
      const before = runtime.requests.length;
      assert.deepEqual([...(await watched.capabilities(agent))], [['a', 'b']]);
      await watched.capabilities(agent);
      const query = 'agentName=build%261&includeCapabilities=true&api-version=7.1';
      const capabilities = `/_apis/distributedtask/pools/${pool}/agents?${query}`;
      assert.deepEqual(asked(runtime).slice(before), [...more, capabilities, capabilities]);
    });

    it(`cannot be watched where the ${kind} is not there`, async () => {
      const { code, what } = await failureOf(watch(serving([]), { ...targets[kind], name: 'Nowhere' }).list());
      assert.equal(code, kind === 'pool' ? 'pool-not-found' : 'target-not-found');
      assert.match(what, kind === 'pool' ? /"Nowhere" in "fabrikam"/ : /"Nowhere" in the project "My Project"/);
    });

    for (const [status, code] of [
      [403, kind === 'pool' ? 'pool-not-viewable' : 'target-not-found'],
      [404, kind === 'pool' ? 'pool-not-found' : 'target-not-found'],
    ] as const) {
      it(`cannot be watched where the ${kind} is answered ${status}`, async () => {
        const runtime = serving([]);
        const { reply } = runtime;
        const refuse = (url: string) => /\/(agents|targets|virtualmachines)\?/.test(url);
        runtime.reply = (request, index) => (refuse(request.url) ? envelope(status, 'No.') : reply(request, index));
        const error = await failureOf(watch(runtime, targets[kind]).list());
        assert.equal(error.code, code);
        assert.match(error.what, new RegExp(`answered ${status} \\(No\\.\\)`));
      });
    }

    it(`are followed where the ${kind} is deleted and made again`, async () => {
      const runtime = serving([{ id: 5, name: 'a', status: 'online' }]);
      const watched = watch(runtime, targets[kind]);
      await watched.list();
      const { reply } = runtime;
      const gone: HttpOutcome = envelope(404, 'It does not exist.');
      const before = runtime.requests.length;
      runtime.reply = (request, index) => (index === before ? gone : reply(request, index));
      assert.equal((await watched.list()).length, 1);
      assert.deepEqual(asked(runtime).slice(before), [asked(runtime)[1], asked(runtime)[0], asked(runtime)[1]]);
    });

    it(`are not looked for without end where the ${kind} stays away`, async () => {
      const runtime = serving([]);
      const watched = watch(runtime, targets[kind]);
      await watched.list();
      runtime.reply = () => envelope(404, 'It does not exist.');
      const before = runtime.requests.length;
      assert.notEqual((await failureOf(watched.list())).code, 'response-malformed');
      assert.equal(runtime.requests.length, before + 2);
    });
  }

  it('are refused where the list of pools is', async () => {
    const runtime = new FakeRuntime();
    runtime.reply = () => envelope(403, 'No.');
    assert.equal((await failureOf(watch(runtime).list())).code, 'pool-not-viewable');
  });

  it('are read page by page in a project, and not without end', async () => {
    const runtime = serving([{ id: 5, name: 'a' }]);
    const { reply } = runtime;
    let pages = 3;
    runtime.reply = async (request, index) => {
      const outcome = await reply(request, index);
      if (outcome.kind !== 'answer' || !request.url.includes('/targets?') || --pages === 0) return outcome;
      return { ...outcome, headers: { ...outcome.headers, 'x-ms-continuationtoken': `page ${index}` } };
    };
    const watched = watch(runtime, targets.deploymentGroup);
    assert.equal((await watched.list()).length, 3);
    assert.match(asked(runtime)[2] ?? '', /\/targets\?continuationToken=page\+1&/);
    assert.equal((await failureOf(watched.list())).code, 'response-malformed');
    assert.ok(runtime.requests.length < 120);
  });

  it('are not read from a group without a pool, or an environment whose pool has no id', async () => {
    for (const [kind, odd] of [
      ['deploymentGroup', { value: [{ id: 3, name: 'Web & App', pool: { id: 'x' } }] }],
      ['environment', { value: [{ id: 3, name: 'production' }] }],
    ] as const) {
      const runtime = new FakeRuntime();
      runtime.reply = () => json(200, odd);
      const capabilities = watch(runtime, targets[kind]).capabilities({
        id: 1,
        name: 'a',
        online: true,
        disabled: false,
      });
      assert.equal((await failureOf(capabilities)).code, 'response-malformed');
    }
  });
});

describe('watched agents: what is read of them', () => {
  it('is name, state and since when', async () => {
    const listed = await watch(
      serving([
        { id: 1, name: 'a', status: 'online', enabled: true, statusChangedOn: '2026-03-01T13:00:00+01:00' },
        { id: 2, name: 'b', status: 'offline', enabled: true, createdOn: '2026-03-01T12:00:00Z' },
        { id: 3, name: 'c', status: 'online', enabled: false, createdOn: 'x', statusChangedOn: 'yesterday' },
        { id: 4, name: 'd', status: 'busy' },
      ]),
    ).list();
    const noon = Date.parse('2026-03-01T12:00:00Z');
    assert.deepEqual(listed, [
      { id: 1, name: 'a', online: true, disabled: false, changed: noon },
      { id: 2, name: 'b', online: false, disabled: false, changed: noon },
      { id: 3, name: 'c', online: true, disabled: true },
      { id: 4, name: 'd', online: false, disabled: false },
    ]);
  });

  for (const kind of ['pool', 'deploymentGroup', 'environment'] as const) {
    it(`is nothing where a ${kind} lists no agents`, async () => {
      const odd = [null, 7, {}, { id: 'x', name: 'a' }, { id: 1 }, { id: 2, name: ['a'] }, [], undefined];
      assert.deepEqual(await watch(serving(odd), targets[kind]).list(), []);
    });
  }

  it('may be some megabytes', async () => {
    const runtime = serving([]);
    await watch(runtime).list();
    assert.equal(runtime.requests[1]?.maxBytes, 16 * 1024 * 1024);
  });
});

describe('watched agents: their capabilities', () => {
  const agent = { id: 5, name: 'build&1', online: true, disabled: false };
  const read = async (...value: unknown[]) => {
    return watch(serving([], value)).capabilities(agent);
  };

  it('are those of the machine and those that people gave it, with names in lower case', async () => {
    const capabilities = await read({
      id: 5,
      systemCapabilities: { 'Agent.OS': 'Linux', size: 'S' },
      userCapabilities: { size: 'L' },
    });
    assert.deepEqual(Object.fromEntries(capabilities), { 'agent.os': 'Linux', size: 'L' });
  });

  it('are none where the answer is another agent or none', async () => {
    assert.equal((await read({ id: 6, systemCapabilities: { a: 'b' } })).size, 0);
    assert.equal((await read()).size, 0);
  });

  for (const odd of [null, 'text', 7, ['x'], { docker: { toString: 1, valueOf: 1 } }]) {
    it(`are read without a fault from ${JSON.stringify(odd)}`, async () => {
      const capabilities = await read({ id: 5, systemCapabilities: odd, userCapabilities: odd });
      assert.ok([...capabilities.values()].every((value) => typeof value === 'string'));
    });
  }
});
