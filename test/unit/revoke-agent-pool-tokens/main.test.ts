import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { HttpOutcome, HttpRequest } from '../../../src/http/runtime';
import { sweep } from '../../../src/revoke-agent-pool-tokens/main';
import { runStep } from '../../../src/step/run-step';
import {
  broken,
  entraToken,
  envelope,
  eventsOf,
  idOf,
  jobRecord,
  jobToken,
  json,
  kindOf,
  noon,
  patError,
  type Reply,
  signInPage,
  text,
  timedOut,
  tooLarge,
  World,
} from '../../support/world';

const minute = 60_000;
const pattern = /^agent-pool-token [br]\d+ j[0-9a-f]{8} a\d+k? [a-z2-7]{10} [A-Za-z0-9 ._-]{0,40}$/;

interface Token {
  run?: string;
  job?: string;
  attempt?: string;
  pipeline?: string;
}

/** The name of a token of ours, different for each number. */
function nameOf(number: number, { run = 'b1', job = '12f1170f', attempt = '1', pipeline = 'Nightly' }: Token = {}) {
  const unique = String(number)
    .padStart(10, '0')
    .replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? '');
  return `agent-pool-token ${run} j${job} a${attempt} ${unique} ${pipeline}`;
}

/** A job that sweeps. */
function job(inputs: Record<string, string> = {}): World {
  const world = new World();
  Object.assign(world.pipeline.inputs, inputs);
  return world;
}

/** Puts a token into the list that is this old, and returns its id. */
function put(world: World, number: number, token: Token = {}, minutesOld = 10): string {
  const name = nameOf(number, token);
  world.alive.set(name, idOf(number));
  world.born.set(name, new Date(noon - minutesOld * minute).toISOString());
  return idOf(number);
}

async function run(world: World): Promise<World> {
  await runStep(world, sweep);
  world.assertDiscreet(jobToken);
  assert.equal(eventsOf(world.events, 'close').length, eventsOf(world.events, 'open').length);
  assert.deepEqual(eventsOf(world.events, 'publish'), []);
  assert.deepEqual(eventsOf(world.events, 'task-variable'), [], 'a sweep has no lease');
  assert.equal(world.runtime.underWay, 0, 'something is still under way');
  return world;
}

const idIn = ({ url }: HttpRequest) => new URL(url).searchParams.get('authorizationId') ?? '';
const requestsOf = (world: World, kind: string) => world.requests.filter((request) => kindOf(request) === kind);
const deleted = (world: World) => requestsOf(world, 'revoke').map(idIn).sort();
const counts = (world: World) => [world.outputs.revokedCount, world.outputs.failedCount];
const page = (tokens: unknown, continuationToken: unknown = '') => json(200, { patTokens: tokens, continuationToken });

describe('sweep: leftovers', () => {
  it('are found, looked at and revoked in this order', async () => {
    const world = job();
    const id = put(world, 1);
    world.timelines.set('1', [jobRecord('12f1170f', 'completed')]);
    await run(world);
    assert.deepEqual(world.order, [
      'mask',
      'mask',
      'open',
      'sign-in',
      'mask',
      'list',
      'mask',
      'timeline',
      'revoke',
      'say',
      'output revokedCount',
      'output failedCount',
      'say',
      'close',
    ]);
    assert.deepEqual(deleted(world), [id]);
    assert.deepEqual(counts(world), ['1', '0']);
    assert.equal(world.said[0], `Revoked the token "${nameOf(1)}" (id ${id}).`);
    assert.match(world.said[1] ?? '', /^Tokens revoked: 1, not revoked: 0\.$/);
  });

  it('are none where there are none, after two requests', async () => {
    const world = await run(job());
    assert.deepEqual(world.requestKinds, ['sign-in', 'list']);
    assert.deepEqual(counts(world), ['0', '0']);
    assert.deepEqual(world.texts('fail'), []);
  });

  it('need no sign-in with an access token', async () => {
    const world = job().withAccessToken();
    const id = put(world, 1, {}, 121);
    await run(world);
    assert.deepEqual(world.requestKinds, ['list', 'timeline', 'revoke']);
    assert.deepEqual(deleted(world), [id]);
  });

  it('are revoked at any age where their job has ended', async () => {
    const world = job();
    const ids = [put(world, 1, {}, 0), put(world, 2, {}, 119), put(world, 3, {}, 121), put(world, 4, {}, -30)];
    world.timelines.set('1', [jobRecord('12f1170f', 'completed')]);
    assert.deepEqual(deleted(await run(world)), ids);
  });

  it('are never those of a job that still runs, however old', async () => {
    for (const state of ['inProgress', 'pending', 'nonsense']) {
      const world = job();
      put(world, 1, {}, 100_000);
      world.timelines.set('1', [jobRecord('12f1170f', state), jobRecord('aaaaaaaa', 'completed')]);
      await run(world);
      assert.deepEqual(deleted(world), []);
      assert.equal(
        world.said[0],
        `Left alone, its job still runs: the token "${nameOf(1)}" (id ${idOf(1)}).`,
        'the log says why',
      );
      assert.deepEqual(world.texts('fail'), []);
    }
  });

  it('are those of an earlier attempt, while a later one runs', async () => {
    const world = job();
    const earlier = put(world, 1, { attempt: '1' });
    put(world, 2, { attempt: '2' });
    world.timelines.set('1', [jobRecord('12f1170f', 'inProgress', 2)]);
    assert.deepEqual(deleted(await run(world)), [earlier]);
  });

  it('are not those that were to outlive their job', async () => {
    const world = job();
    put(world, 1, { attempt: '1k' }, 100_000);
    world.timelines.set('1', [jobRecord('12f1170f', 'completed')]);
    await run(world);
    assert.deepEqual(world.requestKinds, ['sign-in', 'list'], 'nothing is even asked about it');
  });

  it('are not tokens of another program', async () => {
    const world = job();
    world.timelines.set('1', [jobRecord('12f1170f', 'completed')]);
    const near = [
      'laptop',
      '',
      'agent-pool-token',
      ` ${nameOf(1)}`,
      `x${nameOf(1)}`,
      `${nameOf(1)}\n`,
      `${nameOf(1)}é`,
      `${nameOf(1)}${'x'.repeat(40)}`,
      nameOf(1).toUpperCase(),
      nameOf(1).replace('agent', 'аgent'),
      nameOf(1).replace('b1', 'b١'),
      nameOf(1).replace('b1', 'b'),
      nameOf(1).replace('b1', 'x1'),
      nameOf(1).replace('b1', 'b1-1'),
      nameOf(1).replace('12f1170f', '12f1170'),
      nameOf(1).replace('12f1170f', '12F1170F'),
      nameOf(1).replace('a1', 'a1x'),
      nameOf(1).replace('a1', 'a1kk'),
      nameOf(1).replace('aaaaaaaaab', 'aaaaaaaaa1'),
      nameOf(1).replace('aaaaaaaaab', 'aaaaaaaaa'),
      nameOf(1).replaceAll(' ', '\u00a0'),
      nameOf(1).replace(' j', '\u200b j'),
    ];
    for (const [index, name] of near.entries()) {
      world.alive.set(name, idOf(index + 100));
      world.born.set(name, new Date(0).toISOString());
    }
    assert.equal(world.alive.size, near.length);
    await run(world);
    assert.deepEqual(world.requestKinds, ['sign-in', 'list']);
  });

  for (const [what, minutesOld, olderThanMinutes, expected] of [
    ['older than two hours', 121, '', true],
    ['of exactly two hours', 120, '', true],
    ['younger than two hours', 119, '', false],
    ['older than was asked for', 16, '15', true],
    ['younger than was asked for', 14, '15', false],
    ['of any age, where that was asked for', 0, '0', true],
    ['from the future', -5, '0', false],
  ] as const) {
    it(`go by age where it is unknown whether the job runs: ${expected ? 'one' : 'not one'} ${what}`, async () => {
      const world = job({ olderThanMinutes });
      put(world, 1, {}, minutesOld);
      await run(world);
      assert.equal(deleted(world).length, expected ? 1 : 0);
      if (!expected) assert.match(world.said[0] ?? '', /^Left alone, its job may still run: the token "agent-pool/);
    });
  }

  it('go by the clock of the service, because that of an agent may be wrong', async () => {
    const world = job();
    const id = put(world, 1, {}, 121);
    world.runtime.clock = noon - 86_400_000;
    const date = new Date(noon).toUTCString();
    world.answer('list', (request) => ({ ...answered(world.works(request)), headers: { date } }));
    assert.deepEqual(deleted(await run(world)), [id]);
  });

  it('are not those without a known age', async () => {
    const world = job({ olderThanMinutes: '0' });
    const name = nameOf(1);
    for (const validFrom of [undefined, null, '', 'long ago', 7, {}]) {
      world.answer('list', page([{ displayName: name, authorizationId: idOf(1), validFrom }]));
      await run(world);
      world.recover();
    }
    assert.deepEqual(deleted(world), []);
  });

  it('are those of a classic release by age, and no timeline is asked for', async () => {
    const world = job();
    const old = put(world, 1, { run: 'r1' }, 121);
    put(world, 2, { run: 'r1' }, 119);
    world.timelines.set('1', [jobRecord('12f1170f', 'completed')]);
    await run(world);
    assert.deepEqual(deleted(world), [old]);
    assert.equal(requestsOf(world, 'timeline').length, 0);
  });

  it('are found among the rest over many pages', async () => {
    const world = job();
    world.pageSize = 7;
    const ids = Array.from({ length: 40 }, (_, index) => put(world, index + 1, { run: `b${index % 3}` }, 119));
    world.timelines.set('0', [jobRecord('12f1170f', 'completed')]);
    world.timelines.set('1', [jobRecord('12f1170f', 'inProgress')]);
    await run(world);
    assert.equal(requestsOf(world, 'list').length, 6);
    assert.equal(requestsOf(world, 'timeline').length, 3, 'one request a run');
    assert.deepEqual(
      deleted(world),
      ids.filter((_, index) => index % 3 === 0),
    );
    assert.deepEqual(counts(world), ['14', '0']);
  });

  it('that are gone before they are revoked are content to be', async () => {
    const world = job();
    put(world, 1, {}, 121);
    world.answer('revoke', patError('tokenNotFound'));
    await run(world);
    assert.match(world.said[0] ?? '', /^Already gone: the token "agent-pool-token/);
    assert.deepEqual(counts(world), ['0', '0']);
    assert.deepEqual(world.texts('fail'), []);
  });
});

describe('sweep: where a run cannot be read', () => {
  const unreadable: [what: string, prepare: (world: World) => unknown, asked: boolean][] = [
    ['it is gone', (world) => world.answer('timeline', envelope(404, 'No such build.')), true],
    ['this job may not read it', (world) => world.answer('timeline', text(401, '')), true],
    ['this job may not see it', (world) => world.answer('timeline', envelope(403, 'No.')), true],
    ['there is a page to sign in instead', (world) => world.answer('timeline', signInPage), true],
    ['there is HTML', (world) => world.answer('timeline', text(200, '<html>', { 'content-type': 'text/html' })), true],
    ['there is nothing', (world) => world.answer('timeline', text(204, '')), true],
    ['there is no list', (world) => world.answer('timeline', json(200, { records: {} })), true],
    ['there is no job', (world) => world.answer('timeline', json(200, { records: [{ type: 'Stage' }] })), true],
    ['it is enormous', (world) => world.answer('timeline', tooLarge), true],
    ['the service is down', (world) => world.answer('timeline', ...[1, 2, 3, 4].map(() => text(503, ''))), true],
    ['the service fails', (world) => world.answer('timeline', text(501, '')), true],
    ['the connection breaks', (world) => world.answer('timeline', broken, broken, broken, broken), true],
    ['no answer comes', (world) => world.answer('timeline', timedOut, timedOut, timedOut, timedOut), true],
    ['the service is busy', (world) => world.answer('timeline', text(429, '', { 'retry-after': '600' })), true],
    [
      'this task has a fault',
      (world) =>
        world.answer('timeline', () => {
          throw new TypeError('a fault');
        }),
      true,
    ],
    [
      'this job has no token of its own',
      (world) => {
        delete world.pipeline.connections.SYSTEMVSSCONNECTION;
      },
      false,
    ],
    [
      'this job runs in another organization',
      (world) => Object.assign(job0(world), { url: 'https://dev.azure.com/contoso/' }),
      false,
    ],
    [
      'this job runs on a server',
      (world) => Object.assign(job0(world), { url: 'https://tfs.contoso.example/tfs/DefaultCollection/' }),
      false,
    ],
    [
      'this job knows no project',
      (world) => {
        delete world.pipeline.variables['System.TeamProjectId'];
      },
      false,
    ],
  ];
  const job0 = ({ pipeline }: World) => pipeline.connections.SYSTEMVSSCONNECTION ?? {};

  for (const [what, prepare, asked] of unreadable) {
    it(`because ${what}, tokens go by age`, async () => {
      const world = job();
      const old = put(world, 1, {}, 121);
      put(world, 2, {}, 110);
      prepare(world);
      await run(world);
      assert.deepEqual(deleted(world), [old]);
      assert.equal(requestsOf(world, 'timeline').length > 0, asked);
      assert.deepEqual(world.texts('fail'), [], 'that is no reason to fail');
    });
  }

  it('the others are read all the same', async () => {
    const world = job();
    put(world, 1, { run: 'b1' });
    const id = put(world, 2, { run: 'b2' });
    world.timelines.set('2', [jobRecord('12f1170f', 'completed')]);
    assert.deepEqual(deleted(await run(world)), [id]);
  });

  it('because no answer ever comes, there is still time to revoke what is old', async () => {
    const world = job();
    const ids = Array.from({ length: 80 }, (_, index) => put(world, index + 1, { run: `b${index}` }, 1000));
    world.runtime.latency = 50;
    const { reply } = world.runtime;
    world.runtime.reply = (request, index) => (kindOf(request) === 'timeline' ? timedOut : reply(request, index));
    await run(world);
    assert.deepEqual(world.texts('fail'), []);
    assert.deepEqual(deleted(world), ids);
  });
});

describe('sweep: tokens of the job that sweeps', () => {
  it('are left alone, at any age and with any timeline', async () => {
    for (const state of ['completed', undefined]) {
      const world = job({ olderThanMinutes: '0' });
      put(world, 1, { run: 'b4711', attempt: '2' }, 1000);
      const other = put(world, 2, { run: 'b4711', job: 'ffffffff' }, 1000);
      if (state) world.timelines.set('4711', [jobRecord('12f1170f', state), jobRecord('ffffffff', state)]);
      await run(world);
      assert.deepEqual(deleted(world), [other]);
      assert.match(world.said.join('\n'), /Left alone, it belongs to this job/);
    }
  });

  for (const [what, answer] of [
    ['is refused', text(403, '')],
    ['is gone', envelope(404, 'No such build.')],
    ['breaks off', broken],
  ] as const) {
    it(`are left alone where its timeline ${what}, and those of its other jobs go by age`, async () => {
      const world = job({ olderThanMinutes: '60' });
      put(world, 1, { run: 'b4711', attempt: '1' }, 1000);
      const old = put(world, 2, { run: 'b4711', job: 'ffffffff' }, 1000);
      put(world, 3, { run: 'b4711', job: 'ffffffff' }, 10);
      world.answer('timeline', answer, answer, answer, answer);
      assert.deepEqual(deleted(await run(world)), [old]);
    });
  }

  it('are left alone in a classic release too', async () => {
    const world = job({ olderThanMinutes: '0' });
    Object.assign(world.pipeline.variables, { 'System.HostType': 'release', 'Release.ReleaseId': '7' });
    put(world, 1, { run: 'r7' }, 1000);
    const others = [put(world, 2, { run: 'r7', job: 'ffffffff' }, 1000), put(world, 3, { run: 'r8' }, 1000)];
    assert.deepEqual(deleted(await run(world)), others);
  });
});

describe('sweep: tokens of the same second', () => {
  it('are as old as the service says that it is now, whose Date has whole seconds', async () => {
    const world = job({ olderThanMinutes: '0' });
    const id = put(world, 1, { run: 'r7' });
    world.born.set(nameOf(1, { run: 'r7' }), new Date(noon + 900).toISOString());
    await run(world);
    assert.deepEqual(deleted(world), [id]);
  });
});

describe('sweep: whose runs', () => {
  it('are those of this project, asked for with the token of this job', async () => {
    const world = job();
    put(world, 1, { run: 'b4712' });
    await run(world);
    const [request] = requestsOf(world, 'timeline');
    assert.equal(
      request?.url,
      'https://dev.azure.com/fabrikam/f0f0f0f0-1111-2222-3333-444444444444/_apis/build/builds/4712/timeline?api-version=7.1',
    );
    assert.equal(request?.method, 'GET');
    assert.equal(request?.headers.Authorization, `Bearer ${jobToken}`);
  });

  it('are known also where the connection writes the organization in another case', async () => {
    const world = job();
    const [connection] = Object.values(world.pipeline.connections);
    if (connection) connection.url = 'https://dev.azure.com/Fabrikam';
    put(world, 1, {}, 100_000);
    world.timelines.set('1', [jobRecord('12f1170f', 'inProgress')]);
    await run(world);
    assert.deepEqual(deleted(world), [], 'the token of a job that runs was revoked');
  });

  for (const url of ['https://vsrm.dev.azure.com/fabrikam/', 'https://fabrikam.vsrm.visualstudio.com/']) {
    it(`are read in a classic release, whose own connection is ${url}, at the organization`, async () => {
      const world = job();
      Object.assign(world.pipeline.variables, { 'System.HostType': 'release', 'Release.ReleaseId': '7' });
      Object.assign(world.pipeline.connections.SYSTEMVSSCONNECTION ?? {}, { url });
      put(world, 1, {}, 100_000);
      const ended = put(world, 2, { run: 'b2' }, 1);
      world.timelines.set('1', [jobRecord('12f1170f', 'inProgress')]);
      world.timelines.set('2', [jobRecord('12f1170f', 'completed')]);
      assert.deepEqual(deleted(await run(world)), [ended]);
      for (const { url: asked, headers } of requestsOf(world, 'timeline')) {
        assert.match(asked, /^https:\/\/dev\.azure\.com\/fabrikam\//);
        assert.equal(headers.Authorization, `Bearer ${jobToken}`);
      }
    });
  }

  it('are known also where the agent writes the organization in its other form', async () => {
    const world = job();
    Object.assign(world.pipeline.connections.SYSTEMVSSCONNECTION ?? {}, { url: 'https://fabrikam.visualstudio.com/' });
    put(world, 1, {}, 100_000);
    world.timelines.set('1', [jobRecord('12f1170f', 'inProgress')]);
    assert.deepEqual(deleted(await run(world)), []);
  });
});

describe('sweep: at once', () => {
  it('are at most eight requests, and no fewer where there is enough to do', async () => {
    const world = job();
    world.runtime.latency = 100;
    const ids = Array.from({ length: 50 }, (_, index) => put(world, index + 1, { run: `b${index}` }, 121));
    await run(world);
    assert.equal(world.runtime.mostUnderWay, 8);
    assert.deepEqual(deleted(world), ids);
    // Fifty and fifty requests in rounds of eight, after a sign-in and a page.
    assert.equal(world.runtime.clock - noon, (2 + 7 + 7) * 100);
  });

  it('are at most eight look-ups', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => idOf(index + 1));
    const world = job({ revoke: 'tokenIds', tokenIds: ids.join('\n') });
    world.runtime.latency = 100;
    for (const index of ids.keys()) put(world, index + 1);
    await run(world);
    assert.equal(world.runtime.mostUnderWay, 8);
    assert.deepEqual(deleted(world), ids);
  });

  it('a run is asked about once, also by jobs that ask at the same time', async () => {
    const world = job();
    world.runtime.latency = 100;
    for (let number = 1; number <= 20; number++) put(world, number, {}, 121);
    await run(world);
    assert.equal(requestsOf(world, 'timeline').length, 1);
  });

  it('all wait where the service asks one of them to', async () => {
    const world = job();
    world.runtime.latency = 100;
    for (let number = 1; number <= 24; number++) put(world, number, { run: 'r1' }, 121);
    world.answer('revoke', text(429, '', { 'retry-after': '30' }));
    await run(world);
    assert.deepEqual(world.texts('fail'), []);
    const asked = eventsOf(world.events, 'request').filter(({ request }) => kindOf(request) === 'revoke');
    assert.equal(asked.length, 25);
    const refused = noon + 300;
    const early = asked.filter(({ at }) => at > refused && at < refused + 30_000);
    assert.deepEqual(early, [], 'somebody did not wait');
  });

  it('it does not go on for long against a service that asks to wait long', async () => {
    const world = job();
    world.runtime.latency = 100;
    for (let number = 1; number <= 200; number++) put(world, number, { run: 'r1' }, 121);
    const { reply } = world.runtime;
    world.runtime.reply = (request, index) =>
      kindOf(request) === 'revoke' ? text(429, '', { 'retry-after': '3600' }) : reply(request, index);
    await run(world);
    assert.match(world.failure, /\(revoke-failed\)$/);
    assert.equal(world.outputs.failedCount, '200');
    assert.ok(requestsOf(world, 'revoke').length <= 16, `${requestsOf(world, 'revoke').length} requests`);
  });
});

/** A page whose continuation leads to itself. */
const samePage: Reply = ({ url }) => page([], new URL(url).searchParams.get('continuationToken') ?? '');

describe('sweep: a list that cannot be read', () => {
  const cut: [what: string, outcome: Reply, cause: RegExp][] = [
    ['is refused', patError('accessDenied'), /accessDenied/],
    ['asks to sign in', text(401, ''), /not-signed-in/],
    ['is no list', json(200, {}), /response-malformed/],
    ['is enormous', tooLarge, /response-malformed/],
    ['is throttled', text(429, '', { 'retry-after': '600' }), /throttled/],
    ['gives the same page again', samePage, /same page twice/],
  ];
  for (const [what, outcome, cause] of cut) {
    it(`in the middle, because it ${what}, still has its beginning revoked, and the step fails`, async () => {
      const world = job();
      world.pageSize = 2;
      const ids = [put(world, 1, {}, 121), put(world, 2, {}, 121)];
      put(world, 3, {}, 121);
      world.answer('list', (request) => world.works(request), outcome);
      await run(world);
      assert.deepEqual(deleted(world), ids);
      assert.deepEqual(counts(world), ['2', '1']);
      assert.match(world.failure, /the rest of the list of tokens/);
      assert.match(world.failure, cause);
      assert.match(world.failure, /\(revoke-failed\)$/);
    });
  }

  it('at all fails the step, and asks for nothing else', async () => {
    const world = await run(job().answer('list', patError('accessDenied')));
    assert.deepEqual(world.requestKinds, ['sign-in', 'list']);
    assert.deepEqual(counts(world), ['0', '1']);
    assert.match(world.failure, /\(revoke-failed\)$/);
  });

  it('to its end, because it has none, still has what was found revoked in time', async () => {
    const world = job();
    world.runtime.latency = 250;
    const id = put(world, 1, { run: 'r1' }, 121);
    const { reply } = world.runtime;
    world.runtime.reply = (request, index) =>
      kindOf(request) === 'list'
        ? page([{ displayName: nameOf(1, { run: 'r1' }), authorizationId: id, validFrom: '2026-01-01' }], `p${index}`)
        : reply(request, index);
    await run(world);
    assert.match(world.failure, /\(revoke-failed\)$/);
    assert.ok(world.runtime.clock <= noon + 15 * minute + 250, 'it took too long');
    assert.equal(world.alive.size, 0, 'no time was left to revoke');
  });

  it('in part, because entries are no tokens, has the others revoked', async () => {
    const world = job();
    const validFrom = '2026-01-01T00:00:00Z';
    const odd = [
      null,
      7,
      'agent-pool-token',
      [],
      {},
      { displayName: nameOf(2), validFrom },
      { authorizationId: idOf(3), validFrom },
      { displayName: nameOf(4), authorizationId: '../../x', validFrom },
      { displayName: nameOf(5), authorizationId: `${idOf(5)}&x=1`, validFrom },
      { displayName: nameOf(6), authorizationId: [idOf(6)], validFrom },
      { displayName: [nameOf(7)], authorizationId: idOf(7), validFrom },
      { displayName: { toString: nameOf(8) }, authorizationId: idOf(8), validFrom },
      { __proto__: null, displayName: nameOf(9), authorizationId: null, validFrom },
    ];
    const good = { displayName: nameOf(1), authorizationId: idOf(1), validFrom };
    world.answer('list', page([...odd, good, ...odd]));
    await run(world);
    assert.deepEqual(deleted(world), [idOf(1)]);
  });
});

describe('sweep: a revocation that fails', () => {
  it('does not stop the rest, and is named', async () => {
    const world = job();
    const ids = Array.from({ length: 12 }, (_, index) => put(world, index + 1, { run: 'r1' }, 121));
    const { reply } = world.runtime;
    world.runtime.reply = (request, index) =>
      request.method === 'DELETE' && idIn(request) === ids[3] ? patError('accessDenied') : reply(request, index);
    await run(world);
    assert.deepEqual(deleted(world), ids, 'each was tried');
    assert.deepEqual([...world.alive.values()], [ids[3]]);
    assert.deepEqual(counts(world), ['11', '1']);
    assert.ok(world.failure.includes(`the token "${nameOf(4, { run: 'r1' })}" (id ${ids[3]})`), world.failure);
    assert.match(
      world.failure,
      /First cause: .*\(accessDenied\)\. \[pat-refused\] Mend the cause[^(]*\(revoke-failed\)$/,
    );
    assert.match(
      world.said.join('\n'),
      new RegExp(`Not revoked: the token "[^"]+" \\(id ${ids[3]}\\)\\. .*accessDenied`),
    );
  });

  for (const [number, named, more] of [
    [1, 1, undefined],
    [10, 10, undefined],
    [11, 10, 1],
    [25, 10, 15],
  ] as const) {
    it(`like ${number} of them names ${named} in the message, and all in the log`, async () => {
      const world = job();
      for (let index = 1; index <= number; index++) put(world, index, { run: 'r1' }, 121);
      world.answer('revoke', ...Array.from({ length: number }, () => patError('accessDenied')));
      await run(world);
      assert.equal(world.failure.match(/agent-pool-token r1/g)?.length, named);
      if (more === undefined) assert.doesNotMatch(world.failure, /more, which/);
      else assert.match(world.failure, new RegExp(` and ${more} more, which the log names`));
      assert.match(world.failure, /\(revoke-failed\)$/);
      assert.equal(world.texts('say').filter((line) => line.startsWith('Not revoked: ')).length, number);
      assert.deepEqual(counts(world), ['0', String(number)]);
    });
  }

  it('by a fault of this task is a failure like any other, and shows nothing of it', async () => {
    const world = job();
    put(world, 1, {}, 121);
    const other = put(world, 2, {}, 121);
    world.answer('revoke', () => {
      throw new TypeError('Authorization: Bearer very-secret');
    });
    await run(world);
    assert.ok(deleted(world).includes(other), 'the other was not tried');
    assert.match(world.failure, /bug, which stopped it \(TypeError\)/);
    assert.doesNotMatch(world.said.join('\n'), /very-secret/);
    assert.deepEqual(counts(world), ['1', '1']);
  });

  it('for a while is tried again', async () => {
    const world = job();
    put(world, 1, {}, 121);
    world.answer('revoke', timedOut, text(503, ''), broken);
    await run(world);
    assert.deepEqual(counts(world), ['1', '0']);
    assert.deepEqual(world.texts('fail'), []);
  });
});

describe('sweep: tokens that are named', () => {
  const named = (tokenIds: string, more: Record<string, string> = {}) => job({ revoke: 'tokenIds', tokenIds, ...more });

  for (const [what, separator] of [
    ['commas', ','],
    ['commas and spaces', ', '],
    ['lines', '\n'],
    ['lines of Windows', '\r\n'],
    ['a mixture', ' ,\n\t,, '],
  ] as const) {
    it(`are separated by ${what}`, async () => {
      const world = named([idOf(1), idOf(2), idOf(3)].join(separator));
      const ids = [1, 2, 3].map((number) => put(world, number));
      await run(world);
      assert.deepEqual(deleted(world), ids);
      assert.deepEqual(counts(world), ['3', '0']);
      assert.deepEqual(world.texts('fail'), []);
      assert.deepEqual(world.requestKinds.slice(0, 4), ['sign-in', 'look-up', 'look-up', 'look-up']);
    });
  }

  it('may be written in any case, and each counts once', async () => {
    const id = 'abcdefab-0000-4000-8000-00000000000f';
    const world = named([id.toUpperCase(), id, id.toUpperCase()].join(' '));
    world.alive.set(nameOf(1), id);
    await run(world);
    assert.deepEqual(world.requestKinds, ['sign-in', 'look-up', 'revoke']);
    assert.deepEqual(deleted(world), [id]);
  });

  it('are revoked although their job runs, although they were to outlive it, and at any age', async () => {
    const world = named([idOf(1), idOf(2)].join());
    const ids = [put(world, 1, {}, 0), put(world, 2, { attempt: '1k' }, 0)];
    world.timelines.set('1', [jobRecord('12f1170f', 'inProgress')]);
    await run(world);
    assert.deepEqual(deleted(world), ids);
    assert.equal(requestsOf(world, 'timeline').length, 0);
  });

  it('that a 404 says are not there are looked for in the list, which alone proves it', async () => {
    for (const alive of [true, false]) {
      const world = named(idOf(1)).answer('look-up', envelope(404, 'x', 'HostDoesNotExistException'));
      if (alive) put(world, 1);
      await run(world);
      assert.deepEqual(deleted(world), alive ? [idOf(1)] : []);
      assert.deepEqual(counts(world), [alive ? '1' : '0', '0']);
    }
  });

  for (const answer of [text(200, ''), json(200, {}), json(200, null), text(404, ''), json(404, { error: 'no' })]) {
    it(`that are still active after ${JSON.stringify(answer).slice(0, 60)} have failed`, async () => {
      const world = named(idOf(1));
      put(world, 1);
      world.answer('revoke', answer);
      await run(world);
      assert.deepEqual(counts(world), ['0', '1']);
      assert.match(world.failure, /still active.*\(revoke-failed\)$/);
    });
  }

  it('are refused where this extension did not make them, and left alone', async () => {
    const world = named([idOf(1), idOf(2)].join());
    const id = put(world, 1);
    world.alive.set('laptop', idOf(2));
    await run(world);
    assert.deepEqual(deleted(world), [id]);
    assert.deepEqual(counts(world), ['1', '1']);
    assert.ok(world.failure.includes(`the token with the id ${idOf(2)}`));
    assert.match(world.failure, /was not made by this extension.*\(revoke-failed\)$/);
    assert.doesNotMatch(world.said.join('\n'), /laptop/, 'the names of other tokens stay out of the log');
  });

  for (const gone of [patError('tokenNotFound'), patError('AuthorizationNotFound')]) {
    it(`that are not there are done: ${JSON.stringify(gone).slice(0, 90)}`, async () => {
      const world = await run(named(idOf(1)).answer('look-up', gone));
      assert.deepEqual(world.requestKinds, ['sign-in', 'look-up']);
      assert.deepEqual(world.texts('fail'), []);
      assert.deepEqual(counts(world), ['0', '0']);
      assert.match(world.said[0] ?? '', new RegExp(`There is no token with the id ${idOf(1)} any more`));
    });
  }

  const other = { displayName: nameOf(2), authorizationId: idOf(2) };
  for (const [what, outcomes, cause] of [
    ['a refusal', [patError('accessDenied')], /accessDenied/],
    ['a 401', [text(401, '')], /not-signed-in/],
    ['a sign-in page', [signInPage], /not-signed-in/],
    ['another token than was asked for', [json(200, { patToken: other })], /response-malformed/],
    ['no token', [json(200, { patToken: null })], /response-malformed/],
    ['a token without a name', [json(200, { patToken: { authorizationId: idOf(1) } })], /response-malformed/],
    ['HTML', [text(200, '<html>', { 'content-type': 'text/html' })], /not-signed-in/],
    ['nothing', [text(204, '')], /response-malformed/],
    ['a network that stays broken', [broken, broken, broken, broken], /network/],
    ['none', [timedOut, timedOut, timedOut, timedOut], /timed-out/],
  ] as [string, HttpOutcome[], RegExp][]) {
    it(`that cannot be looked up, because the answer is ${what}, are not touched, but the others are`, async () => {
      const world = named([idOf(1), idOf(2)].join());
      for (const number of [1, 2]) put(world, number);
      const { reply } = world.runtime;
      const left = [...outcomes];
      world.runtime.reply = (request, index) =>
        kindOf(request) === 'look-up' && idIn(request) === idOf(1) ? (left.shift() ?? broken) : reply(request, index);
      await run(world);
      assert.deepEqual(deleted(world), [idOf(2)]);
      assert.deepEqual(counts(world), ['1', '1']);
      assert.match(world.failure, cause);
      assert.ok(world.failure.includes(`the token with the id ${idOf(1)}`));
      assert.match(world.failure, /\(revoke-failed\)$/);
    });
  }
});

describe('sweep: a dry run', () => {
  it('says what would be revoked, revokes nothing, and counts nothing', async () => {
    const world = job({ dryRun: 'true' });
    put(world, 1, {}, 121);
    put(world, 2, {}, 1);
    await run(world);
    assert.deepEqual(world.requestKinds, ['sign-in', 'list', 'timeline']);
    assert.deepEqual(counts(world), ['0', '0']);
    assert.match(world.said.join('\n'), new RegExp(`Would revoke the token "${nameOf(1)}" \\(id ${idOf(1)}\\)\\.`));
    assert.equal(world.said.join('\n').includes(`Would revoke the token "${nameOf(2)}"`), false);
    assert.deepEqual(world.texts('fail'), []);
  });

  it('of tokens that are named looks them up, and no more', async () => {
    const world = job({ dryRun: 'True', revoke: 'tokenIds', tokenIds: `${idOf(1)},${idOf(2)}` });
    put(world, 1);
    await run(world);
    assert.deepEqual(world.requestKinds, ['sign-in', 'look-up', 'look-up']);
    assert.deepEqual(counts(world), ['0', '0']);
    assert.match(world.said.join('\n'), /Would revoke the token/);
  });

  it('that could not see everything fails, and still counts nothing', async () => {
    const world = job({ dryRun: 'true' }).answer('list', patError('accessDenied'));
    await run(world);
    assert.deepEqual(counts(world), ['0', '0']);
    assert.match(world.failure, /\(revoke-failed\)$/);
  });
});

describe('sweep: time', () => {
  it('is 15 minutes in all, after which what is left is named', async () => {
    const world = job();
    for (let number = 1; number <= 300; number++) put(world, number, { run: 'r1' }, 121);
    const { reply } = world.runtime;
    world.runtime.reply = (request, index) => (request.method === 'DELETE' ? timedOut : reply(request, index));
    await run(world);
    const took = (world.runtime.clock - noon) / minute;
    assert.ok(took > 14.5 && took <= 15, `${took} minutes`);
    assert.deepEqual(counts(world), ['0', '300']);
    assert.match(world.failure, /timed-out|no answer/);
    assert.match(world.failure, /\(revoke-failed\)$/);
  });

  it('is enough for a thousand tokens, a second each', async () => {
    const world = job();
    world.runtime.latency = 1000;
    for (let number = 1; number <= 1000; number++) put(world, number, { run: `b${number % 50}` }, 121);
    await run(world);
    assert.deepEqual(counts(world), ['1000', '0']);
    assert.ok(world.runtime.clock <= noon + 15 * minute, 'it took too long');
  });

  it('that the service asks for is given', async () => {
    const world = job();
    const id = put(world, 1, { run: 'r1' }, 121);
    world.answer('list', (request) => ({ ...answered(world.works(request)), headers: { 'retry-after': '50' } }));
    await run(world);
    assert.deepEqual(deleted(world), [id]);
    assert.equal(world.runtime.clock, noon + 50_000);
  });
});

describe('sweep: what is wrong before anything is sent', () => {
  for (const [what, inputs, says] of [
    ['an unknown task', { revoke: 'everything' }, /revoke "everything" is none of/],
    ['no ids', { revoke: 'tokenIds' }, /tokenIds names no token/],
    ['ids that are none', { revoke: 'tokenIds', tokenIds: `${idOf(1)}, laptop` }, /tokenIds names "laptop"/],
    ['ids beside leftovers', { tokenIds: idOf(1) }, /tokenIds is set but has no effect/],
    [
      'an age beside ids',
      { revoke: 'tokenIds', tokenIds: idOf(1), olderThanMinutes: '5' },
      /olderThanMinutes is set but has no effect/,
    ],
    ['an age that is none', { olderThanMinutes: '-1' }, /olderThanMinutes "-1"/],
    ['a dry run that is neither', { dryRun: 'yes' }, /dryRun "yes"/],
    ['a macro', { dryRun: '$(DRY)' }, /dryRun is still/],
    ['another kind of connection', { connectionType: 'azureRM' }, /connectionType "azureRM" is none of/],
    ['another organization', { organizationUrl: 'https://dev.azure.com/contoso' }, /"contoso".*"fabrikam" alone/],
  ] as [string, Record<string, string>, RegExp][]) {
    it(`is ${what}`, async () => {
      const world = job(inputs);
      put(world, 1, {}, 121);
      await run(world);
      assert.match(world.failure, says);
      assert.match(world.failure, /\(input-invalid\)$/);
      assert.deepEqual(world.requests, []);
      assert.deepEqual(world.outputs, {});
    });
  }

  it('is a connection that this job was not given', async () => {
    const world = job();
    world.pipeline.connections = {};
    await run(world);
    assert.match(world.failure, /\(connection-invalid\)$/);
    assert.deepEqual(world.requests, []);
  });
});

describe('sweep: signing in', () => {
  it('that is refused fails the step with its own code', async () => {
    const world = job().answer('sign-in', json(400, { error: 'invalid_grant', error_codes: [700082] }));
    await run(world);
    assert.match(world.failure, /\(sign-in-expired\)$/);
    assert.deepEqual(world.requestKinds, ['sign-in']);
  });

  it('as an application is refused', async () => {
    const world = job();
    world.accessToken = entraToken({ idtyp: 'app' });
    await run(world);
    assert.match(world.failure, /\(issuer-not-a-user\)$/);
  });
});

describe('sweep: for any names that the service lists', () => {
  const ours = fc
    .record({
      run: fc.stringMatching(/^[br][0-9]{1,12}$/),
      job: fc.stringMatching(/^[0-9a-f]{8}$/),
      attempt: fc.stringMatching(/^[0-9]{1,3}k?$/),
      unique: fc.stringMatching(/^[a-z2-7]{10}$/),
      pipeline: fc.stringMatching(/^[A-Za-z0-9 ._-]{0,40}$/),
    })
    .map((it) => `agent-pool-token ${it.run} j${it.job} a${it.attempt} ${it.unique} ${it.pipeline}`);
  const oddity = fc.constantFrom(
    'а',
    'ｊ',
    '١',
    '\u00a0',
    '\u200b',
    '\n',
    '\r',
    '\u2028',
    'K',
    'ſ',
    '%20',
    '+',
    'k',
    '1',
    '#',
  );
  const near = fc.oneof(
    fc.tuple(ours, fc.nat({ max: 90 }), oddity).map(([name, at, odd]) => name.slice(0, at) + odd + name.slice(at)),
    fc.tuple(ours, fc.nat({ max: 90 }), oddity).map(([name, at, odd]) => name.slice(0, at) + odd + name.slice(at + 1)),
    fc.tuple(ours, fc.nat({ max: 90 })).map(([name, at]) => name.slice(0, at) + name.slice(at + 1)),
    fc.tuple(ours, fc.nat({ max: 90 })).map(([name, at]) => name.slice(0, at)),
    fc.tuple(fc.string({ unit: 'binary', maxLength: 5 }), ours).map(([prefix, name]) => prefix + name),
    fc.tuple(ours, fc.string({ unit: 'binary', maxLength: 45 })).map(([name, suffix]) => name + suffix),
    fc.tuple(ours, ours).map((names) => names.join('\n')),
    ours.map((name) => name.toUpperCase()),
    ours.map((name) => name.replaceAll(' ', '  ')),
    ours.map((name) => name.normalize('NFKD')),
  );
  const name = fc.oneof(ours, near, fc.string({ unit: 'binary' }), fc.jsonValue());
  const entry = fc.record({
    displayName: name,
    authorizationId: fc.oneof(fc.nat({ max: 500 }).map(idOf), fc.string(), fc.jsonValue()),
    validFrom: fc.oneof(fc.constant('2020-01-01T00:00:00Z'), fc.string(), fc.jsonValue()),
  });
  const entries = fc.array(fc.oneof({ weight: 5, arbitrary: entry }, fc.jsonValue()), { maxLength: 12 });

  it('only tokens of exactly our names are ever deleted', async () => {
    let revoked = 0;
    await fc.assert(
      fc.asyncProperty(entries, fc.boolean(), async (tokens, byName) => {
        const listed = tokens as { displayName?: unknown; authorizationId?: unknown }[];
        const ids = listed
          .map((token) => token?.authorizationId)
          .filter((id) => typeof id === 'string' && /^[0-9a-f-]{36}$/.test(id));
        const world = job({ olderThanMinutes: '0' });
        if (byName && ids.length > 0) {
          Object.assign(world.pipeline.inputs, {
            olderThanMinutes: '',
            revoke: 'tokenIds',
            tokenIds: ids.filter((id) => typeof id === 'string').join(),
          });
          if (world.pipeline.inputs.tokenIds === '') return;
        }
        const { reply } = world.runtime;
        world.runtime.reply = (request, index) => {
          const kind = kindOf(request);
          if (kind === 'list') return page(tokens);
          if (kind === 'look-up') {
            return json(200, { patToken: listed.find((token) => token?.authorizationId === idIn(request)) ?? null });
          }
          return reply(request, index);
        };
        await run(world);
        for (const id of deleted(world)) {
          revoked += 1;
          const meant = listed.filter((token) => token?.authorizationId === id);
          assert.ok(
            meant.some(({ displayName }) => typeof displayName === 'string' && pattern.test(displayName)),
            `${id} is ${JSON.stringify(meant)}`,
          );
        }
        for (const line of world.said) assert.doesNotMatch(line, /##\s*(vso)?\[|[\r\n]/i);
      }),
      { numRuns: 1000 },
    );
    assert.ok(revoked > 100, `the property was hardly tried: ${revoked}`);
  });

  it('ends in time with both outputs, and leaves running jobs alone, for any answers', async () => {
    const outcomes = fc.array(
      fc.option(
        fc.constantFrom<HttpOutcome>(
          broken,
          timedOut,
          tooLarge,
          text(429, '', { 'retry-after': '20' }),
          text(503, ''),
          text(401, ''),
          signInPage,
          json(200, {}),
          patError('accessDenied'),
        ),
      ),
      { maxLength: 6 },
    );
    const trouble = fc.record({ list: outcomes, revoke: outcomes, timeline: outcomes });
    await fc.assert(
      fc.asyncProperty(trouble, fc.integer({ min: 1, max: 30 }), async (wrong, number) => {
        const world = job();
        world.runtime.latency = 50;
        world.pageSize = 10;
        for (let index = 1; index <= number; index++) put(world, index, { run: `b${index % 2}` }, 60);
        world.timelines.set('0', [jobRecord('12f1170f', 'inProgress')]);
        world.timelines.set('1', [jobRecord('12f1170f', 'completed')]);
        for (const kind of ['list', 'revoke', 'timeline'] as const) {
          world.answer(
            kind,
            ...wrong[kind].map((outcome) => outcome ?? ((request: HttpRequest) => world.works(request))),
          );
        }
        await run(world);
        assert.ok(world.runtime.clock <= noon + 15 * minute + 50, 'it took too long');
        assert.ok(world.runtime.mostUnderWay <= 8, `${world.runtime.mostUnderWay} requests at once`);
        for (const id of deleted(world)) assert.equal(Number(id.slice(-3)) % 2, 1, 'its job runs');
        const failed = Number(world.outputs.failedCount);
        assert.equal(world.texts('fail').length, failed > 0 ? 1 : 0);
        if (failed > 0) assert.match(world.failure, /\(revoke-failed\)$/);
      }),
      { numRuns: 200 },
    );
  });
});

function answered(outcome: HttpOutcome): HttpOutcome & { kind: 'answer' } {
  assert.ok(outcome.kind === 'answer', outcome.kind);
  return outcome;
}
