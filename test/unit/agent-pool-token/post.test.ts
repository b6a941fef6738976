import assert from 'node:assert/strict';
import { revoke } from '../../../src/agent-pool-token/post';
import { TaskError } from '../../../src/errors';
import { runStep } from '../../../src/step/run-step';
import {
  adasToken,
  bob,
  broken,
  earlierName,
  entraToken,
  eventsOf,
  idOf,
  json,
  noon,
  opaqueToken,
  patError,
  signInPage,
  text,
  timedOut,
  userOf,
  World,
} from '../../support/world';

const thirdName = 'agent-pool-token b4711 j12f1170f a1 yyyyyyyyyy Nightly';
const otherName = 'agent-pool-token b4711 j12f1170f a1 zzzzzzzzzz Nightly';

/** A job whose main left this lease, and whose token is alive. */
function leftBehind(change: Record<string, unknown> = {}): World {
  const world = new World().leave(change);
  world.alive.set('a token of somebody else', idOf(999));
  world.alive.set(earlierName, idOf(77));
  return world;
}

async function run(world: World): Promise<World> {
  await runStep(world, revoke);
  world.assertDiscreet();
  assert.equal(eventsOf(world.events, 'close').length, eventsOf(world.events, 'open').length);
  assert.deepEqual(eventsOf(world.events, 'publish'), []);
  return world;
}

const isGone = (world: World) => assert.deepEqual([...world.alive.keys()], ['a token of somebody else']);
const isQuiet = (world: World) =>
  assert.deepEqual([...world.texts('issues'), ...world.texts('fail'), ...world.texts('warn')], []);

/** The one message that ends the step with issues. */
function issue(world: World): string {
  assert.deepEqual(world.texts('fail'), []);
  const [message, ...more] = world.texts('issues');
  assert.deepEqual(more, []);
  return message ?? '';
}

const namesTheToken = new RegExp(`"${earlierName}" \\(id ${idOf(77)}, expires 2026-03-01T13:00:00\\.000Z\\)`);

describe('revoke: where nothing goes wrong', () => {
  it('does nothing, quietly, where main left no lease', async () => {
    const world = await run(new World());
    assert.deepEqual(world.events, []);
  });

  it('signs in afresh and revokes by id, with two requests', async () => {
    const world = await run(leftBehind());
    assert.deepEqual(world.order, ['mask', 'mask', 'open', 'sign-in', 'mask', 'revoke', 'say', 'close']);
    isGone(world);
    isQuiet(world);
    assert.deepEqual(world.said, [`Revoked the token "${earlierName}".`]);
  });

  it('needs one request with an access token', async () => {
    const world = await run(leftBehind({ connection: 'accessToken' }).withAccessToken());
    assert.deepEqual(world.requestKinds, ['revoke']);
    isGone(world);
    isQuiet(world);
  });

  it('looks for the name where main died before it knew the id', async () => {
    const world = await run(leftBehind({ tokens: [{ name: earlierName }] }));
    assert.deepEqual(world.requestKinds, ['sign-in', 'list', 'revoke']);
    isGone(world);
    isQuiet(world);
  });

  it('revokes by id and by every name that is left', async () => {
    const world = leftBehind({ tokens: [{ name: otherName }, { name: earlierName, id: idOf(77) }] });
    world.alive.set(otherName, idOf(78));
    await run(world);
    assert.deepEqual(world.requestKinds, ['sign-in', 'revoke', 'list', 'revoke']);
    isGone(world);
    isQuiet(world);
  });

  it('is content with tokens that are gone, and says so', async () => {
    const world = leftBehind({ tokens: [{ name: otherName }, { name: earlierName, id: idOf(77) }] });
    world.alive.delete(earlierName);
    await run(world);
    isQuiet(world);
    assert.deepEqual(
      world.said,
      [earlierName, otherName]
        .map((name) => `There is no token "${name}" any more.`)
        .sort()
        .reverse(),
    );
  });

  it('revokes even a token whose lease looks expired, because clocks may be wrong', async () => {
    const world = leftBehind();
    world.runtime.clock = noon + 86_400_000;
    await run(world);
    isGone(world);
  });

  it('tries a passing fault again', async () => {
    const world = leftBehind().answer('revoke', timedOut, text(503, ''), broken);
    await run(world);
    isGone(world);
    isQuiet(world);
    assert.equal(world.requestKinds.filter((kind) => kind === 'revoke').length, 4);
  });

  it('is sent although the sign-in was answered with a long Retry-After', async () => {
    const success = json(200, { token_type: 'Bearer', access_token: adasToken }, { 'retry-after': '3600' });
    const world = await run(leftBehind().answer('sign-in', success));
    isGone(world);
    isQuiet(world);
    assert.deepEqual(world.runtime.sleeps, []);
  });
});

const token = { name: earlierName, id: idOf(77), expiresOn: '2026-03-01T13:00:00.000Z' };

/** The same where the token was to outlive its job, which was given it. */
function kept(...others: object[]): World {
  const world = leftBehind({ revoke: false, tokens: [...others, { ...token, publishedAs: 'TOKEN' }] });
  world.pipeline.secretVariables.add('TOKEN');
  return world;
}

describe('revoke: a token that may still appear', () => {
  /** A job whose main left a name without an id so many milliseconds after it had asked for the token. */
  function nameless(milliseconds = 0): World {
    const world = leftBehind();
    world.alive.delete(earlierName);
    return world.leave({ tokens: [{ name: earlierName, asked: world.askedAgo(milliseconds) }] });
  }

  it('is looked for every three seconds, and revoked as soon as it is there', async () => {
    const world = nameless();
    world.runtime.later(6_500, () => world.alive.set(earlierName, idOf(77)));
    await run(world);
    assert.deepEqual(world.requestKinds, ['sign-in', 'list', 'list', 'list', 'list', 'revoke']);
    assert.deepEqual(world.runtime.sleeps, [3000, 3000, 3000]);
    isGone(world);
    isQuiet(world);
    assert.deepEqual(world.said, [`Revoked the token "${earlierName}".`]);
  });

  for (const [milliseconds, looks] of [
    [0, 11],
    [3_500, 10],
    [25_000, 3],
    [29_999, 2],
    [30_000, 1],
  ] as const) {
    it(`is looked for until 30 s after its request: ${milliseconds} ms later ${looks} times`, async () => {
      const world = await run(nameless(milliseconds));
      assert.equal(world.requestKinds.filter((kind) => kind === 'list').length, looks);
      assert.equal(world.runtime.clock, noon + Math.max(0, 30_000 - milliseconds));
      assert.deepEqual(world.said, [`There is no token "${earlierName}" any more.`]);
      isQuiet(world);
    });
  }

  it('is looked for again also where the service fails for longer than its tries', async () => {
    const world = nameless().answer('list', ...Array.from({ length: 6 }, () => text(503, '')));
    world.alive.set(earlierName, idOf(77));
    await run(world);
    isGone(world);
    isQuiet(world);
    assert.ok(world.runtime.clock < noon + 15_000);
  });

  it('is named where the service fails until it can no longer appear', async () => {
    const world = nameless().answer('list', ...Array.from({ length: 60 }, () => text(503, '')));
    await run(world);
    assert.match(issue(world), /answered 503.*\(revoke-failed\)$/);
    assert.ok(world.runtime.clock <= noon + 40_000, String(world.runtime.clock - noon));
  });

  it('is looked for once where it was never asked for', async () => {
    const world = nameless().leave({ tokens: [{ name: earlierName }] });
    await run(world);
    assert.deepEqual(world.requestKinds, ['sign-in', 'list']);
  });

  it('is looked for by the uptime of the machine, regardless of its wall clock', async () => {
    const world = nameless();
    const asked = { ...world.askedAgo(0), on: '2025-01-01T00:00:00.000Z' };
    world.leave({ tokens: [{ name: earlierName, asked }] });
    await run(world);
    assert.equal(world.runtime.clock, noon + 30_000);
  });

  it('is looked for by the wall clock where the machine was started anew meanwhile', async () => {
    const world = nameless();
    const asked = { ...world.askedAgo(20_000), uptime: world.runtime.uptime() + 1_000_000 };
    world.leave({ tokens: [{ name: earlierName, asked }] });
    await run(world);
    assert.equal(world.runtime.clock, noon + 10_000);
  });

  it('is asked for again also by its id, where the service does not find a token that is seconds old', async () => {
    const world = leftBehind();
    world.leave({ tokens: [{ name: earlierName, id: idOf(77), asked: world.askedAgo(20_000) }] });
    world.answer('revoke', patError('tokenNotFound'), patError('tokenNotFound'));
    await run(world);
    assert.deepEqual(world.requestKinds, ['sign-in', 'revoke', 'revoke', 'revoke']);
    isGone(world);
    assert.deepEqual(world.said, [`Revoked the token "${earlierName}".`]);
  });

  it('alone is asked for again', async () => {
    const world = leftBehind();
    const tokens = [{ name: otherName, asked: world.askedAgo(29_000) }, { name: earlierName }];
    world.leave({ tokens: [...tokens, { name: thirdName, id: idOf(5) }] });
    await run(world);
    assert.deepEqual(world.requestKinds, ['sign-in', 'revoke', 'list', 'revoke', 'list']);
    assert.deepEqual(world.said, [
      `Revoked the token "${earlierName}".`,
      `There is no token "${thirdName}" any more.`,
      `There is no token "${otherName}" any more.`,
    ]);
    isGone(world);
  });

  it('and cannot be looked for is named', async () => {
    const world = nameless();
    world.answer('list', (request) => world.works(request), patError('accessDenied'));
    await run(world);
    assert.match(issue(world), /accessDenied.*\(revoke-failed\)$/);
    assert.ok(issue(world).includes(earlierName));
  });

  it('and cannot be looked for long enough is named', async () => {
    const world = nameless();
    world.runtime.latencyOf = ({ method, url }) => (method === 'GET' && url.includes('/pats') ? 28_000 : 0);
    world.answer('sign-in', (request) => {
      world.runtime.clock += 61_000;
      return world.works(request);
    });
    const asked = { on: new Date(noon).toISOString(), uptime: world.runtime.uptime() + 61_000 };
    world.leave({ tokens: [{ name: earlierName, asked }] });
    await run(world);
    assert.match(issue(world), /may still appear .*\(revoke-failed\)$/);
    assert.ok(issue(world).includes(earlierName));
  });

  it('does not make post believe another user', async () => {
    const world = nameless(60_000);
    world.accessToken = opaqueToken;
    await run(world);
    assert.match(issue(world), /\(lease-mismatch\)$/);
  });
});

describe('revoke: the token of an application', () => {
  for (const kind of ['azureDevOps', 'azureRM'] as const) {
    it(`of ${kind} ends by itself, which is said, and nothing is sent`, async () => {
      const world = await run(new World().withApplication(kind));
      assert.deepEqual(world.said, ['Nothing to revoke: an Entra token ends by itself.']);
      assert.deepEqual(world.order, ['say']);
    });
  }

  it('is not mentioned where a user signs in, or it is unknown who does', async () => {
    for (const connectionType of ['', 'issuer', 'accessToken', 'x', '$(x)']) {
      const world = new World();
      world.pipeline.inputs = { connectionType };
      assert.deepEqual((await run(world)).events, []);
    }
  });

  it('does not keep a lease from being looked at', async () => {
    const world = leftBehind().withApplication('azureRM');
    await run(world);
    assert.match(issue(world), namesTheToken);
    assert.equal(world.requests.length, 0);
  });
});

describe('revoke: a token that is to outlive its job', () => {
  it('is left alone once the job was given it, and nothing is sent', async () => {
    const world = await run(kept());
    assert.deepEqual(world.order, ['say']);
    assert.match(world.said[0] ?? '', /^Left alone/);
    assert.match(world.said[0] ?? '', namesTheToken);
    assert.equal(world.alive.has(earlierName), true);
  });

  it('is the only one that is left alone: what was asked for before it no job has, and is revoked', async () => {
    const world = kept({ name: otherName }, { name: thirdName, id: idOf(79) });
    world.alive.set(otherName, idOf(78));
    world.alive.set(thirdName, idOf(79));
    await run(world);
    assert.deepEqual([...world.alive.keys()], ['a token of somebody else', earlierName]);
    isQuiet(world);
    assert.match(world.said[0] ?? '', namesTheToken);
    assert.doesNotMatch(world.said[0] ?? '', /zzzzzzzzzz|yyyyyyyyyy/);
  });

  it('is revoked where main died before that', async () => {
    const world = await run(leftBehind({ revoke: false }));
    isGone(world);
    isQuiet(world);
  });

  for (const revokeAfterJob of ['true', 'false', 'nonsense', '$(x)']) {
    it(`is decided by the lease, not by the input, which is now ${revokeAfterJob}`, async () => {
      const world = kept();
      world.pipeline.inputs.revokeAfterJob = revokeAfterJob;
      assert.equal((await run(world)).alive.has(earlierName), true);
      const revoked = leftBehind();
      revoked.pipeline.inputs.revokeAfterJob = revokeAfterJob;
      isGone(await run(revoked));
    });
  }
});

describe('revoke: a token that is to outlive its job, but that the job never got', () => {
  it('is revoked, with a warning that says why', async () => {
    const world = leftBehind({ revoke: false, tokens: [{ ...token, publishedAs: 'TOKEN' }] });
    world.pipeline.secretVariables.add('OTHER');
    await run(world);
    isGone(world);
    assert.match(world.texts('warn').join('\n'), /did not get its token as the secret variable "TOKEN"/);
    assert.match(world.texts('warn').join('\n'), /target\.settableVariables/);
  });
});

describe('revoke: inputs', () => {
  it('that revoking does not need may be wrong', async () => {
    const world = leftBehind();
    Object.assign(world.pipeline.inputs, {
      scope: 'x',
      pool: '$(pool)',
      lifetimeMinutes: 'x',
      variable: 'PATH',
      revokeAfterJob: 'x',
      onRevokeFailure: 'x',
      organizationUrl: 'x',
    });
    Object.assign(world.pipeline.connections['endpoint-1']?.data ?? {}, {
      allowedScopes: 'x',
      maxLifetimeMinutes: 'x',
    });
    await run(world);
    isGone(world);
    isQuiet(world);
  });

  it('that it does need and that are wrong end as revoke-failed, with their cause', async () => {
    const world = leftBehind();
    world.pipeline.connections = {};
    await run(world);
    assert.match(issue(world), namesTheToken);
    assert.match(issue(world), /was not given the service connection.*\(revoke-failed\)$/);
    assert.deepEqual(world.requests, []);
  });
});

describe('revoke: a lease of another user', () => {
  for (const [what, prepare] of [
    ['another organization', (world: World) => world.leave({ organization: 'https://vssps.dev.azure.com/contoso' })],
    ['another connection', (world: World) => world.leave({ connection: 'endpoint-2' })],
    ['another kind of credential', (world: World) => world.withAccessToken()],
    [
      'a connection of another kind',
      (world: World) => Object.assign(world.pipeline.inputs, { connectionType: 'azureRM' }),
    ],
    [
      'another connection, which this job was not given',
      (world: World) => Object.assign(world.pipeline.inputs, { issuer: 'endpoint-9' }),
    ],
    [
      'a connection that now leads to another organization',
      (world: World) => {
        for (const connection of Object.values(world.pipeline.connections))
          connection.url = 'https://dev.azure.com/contoso';
      },
    ],
  ] as const) {
    it(`is not touched: ${what}`, async () => {
      const world = leftBehind();
      prepare(world);
      await run(world);
      assert.deepEqual(world.requests, []);
      assert.match(issue(world), namesTheToken);
      assert.match(issue(world), /\(lease-mismatch\)$/);
    });
  }

  it('is not touched: another user', async () => {
    const world = await run(leftBehind({ user: userOf(bob) }));
    assert.deepEqual(world.requestKinds, ['sign-in']);
    assert.match(issue(world), namesTheToken);
    assert.match(issue(world), /Another user.*\(lease-mismatch\)$/);
  });

  it('is believed to be gone only by its own user', async () => {
    const world = leftBehind();
    world.accessToken = opaqueToken;
    world.alive.delete(earlierName);
    await run(world);
    assert.match(issue(world), namesTheToken);
    assert.match(issue(world), /\(lease-mismatch\)$/);
  });

  it('is revoked by a user whose id cannot be read, where the service accepts that', async () => {
    const world = leftBehind();
    world.accessToken = opaqueToken;
    await run(world);
    isGone(world);
    isQuiet(world);
  });

  it('of a user whose id could not be read is believed to be gone', async () => {
    for (const accessToken of [adasToken, opaqueToken]) {
      const world = leftBehind({ user: undefined });
      world.accessToken = accessToken;
      world.alive.delete(earlierName);
      isQuiet(await run(world));
    }
  });

  it('that cannot be read ends the step, and says how to find the tokens', async () => {
    const world = await run(leftBehind({ tokens: 'x' }));
    assert.deepEqual(world.requests, []);
    assert.match(issue(world), /cannot be read.*"agent-pool-token".*\(lease-mismatch\)$/);
  });
});

describe('revoke: a lease that this job did not write', () => {
  /** The same lease without what this job recognises it by, as the env of a step can hold it. */
  function unsealed(world: World, change: Record<string, unknown> = {}): World {
    const { seal: _, ...lease } = world.leave(change).lease ?? assert.fail('there is no lease');
    world.pipeline.taskVariables.agentPoolTokenLease = JSON.stringify(lease);
    return world;
  }

  it('is not touched where it names tokens of another job', async () => {
    for (const token of [{ id: idOf(77) }, {}]) {
      const world = unsealed(leftBehind(), { tokens: [{ name: earlierName.replace('b4711', 'b4712'), ...token }] });
      await run(world);
      assert.deepEqual(world.requests, []);
      assert.match(issue(world), /another job.*\(lease-mismatch\)$/);
    }
  });

  it('has each id compared with its name first', async () => {
    const world = await run(unsealed(leftBehind()));
    assert.deepEqual(world.requestKinds, ['sign-in', 'look-up', 'revoke']);
    isGone(world);
    isQuiet(world);
  });

  it('is not touched where an id is that of another token', async () => {
    const world = unsealed(leftBehind(), { tokens: [{ name: earlierName, id: idOf(999) }] });
    await run(world);
    assert.deepEqual(world.requestKinds, ['sign-in', 'look-up']);
    assert.match(issue(world), /is not that of.*\(lease-mismatch\)$/);
  });

  it('says nothing about how the network is reached', async () => {
    const network = { proxy: { url: 'http://stranger', bypass: [] }, skipCertificateValidation: true };
    const world = unsealed(leftBehind(), { network });
    world.pipeline.networkSince = () => assert.fail('the network of a stranger is taken');
    isGone(await run(world));
  });
});

describe('revoke: what cannot be revoked', () => {
  for (const [what, prepare, cause] of [
    [
      'a sign-in that has expired',
      (world: World) => world.answer('sign-in', json(400, { error: 'invalid_grant', error_codes: [700082] })),
      /AADSTS700082/,
    ],
    [
      'an application',
      (world: World) => {
        world.accessToken = entraToken({ idtyp: 'app' });
      },
      /not to a user/,
    ],
    ['a refusal', (world: World) => world.answer('revoke', patError('accessDenied')), /accessDenied/],
    ['a sign-in page', (world: World) => world.answer('revoke', signInPage), /answered 203/],
    [
      'a network that stays broken',
      (world: World) => world.answer('revoke', broken, broken, broken, broken),
      /ECONNRESET.*4 tries/,
    ],
    [
      'a service that limits requests',
      (world: World) => world.answer('revoke', text(429, '', { 'retry-after': '600' })),
      /limiting requests/,
    ],
    [
      'an agent whose proxy settings cannot be read',
      (world: World) => {
        world.pipeline.agentNetwork = () => {
          throw new TaskError('network', 'The proxy bypass list of this agent cannot be read.');
        };
      },
      /proxy bypass list/,
    ],
  ] as [string, (world: World) => unknown, RegExp][]) {
    it(`is named, with the cause: ${what}`, async () => {
      const world = leftBehind();
      prepare(world);
      await run(world);
      assert.match(issue(world), namesTheToken);
      assert.match(issue(world), cause);
      assert.match(issue(world), /Revoke the named token by hand.*\(revoke-failed\)$/);
      assert.equal(world.alive.has(earlierName), true);
    });
  }

  it('does not keep another token from being revoked', async () => {
    const world = leftBehind({
      tokens: [
        { name: otherName, id: idOf(78) },
        { name: earlierName, id: idOf(77) },
      ],
    });
    world.alive.set(otherName, idOf(78));
    world.answer('revoke', patError('accessDenied'));
    await run(world);
    assert.match(issue(world), /\(revoke-failed\)$/);
    assert.deepEqual([...world.alive.keys()], ['a token of somebody else', otherName]);
  });

  for (const [onRevokeFailure, kind] of [
    ['warn', 'issues'],
    ['fail', 'fail'],
  ] as const) {
    it(`ends the step with ${kind} where onRevokeFailure was ${onRevokeFailure} in main, regardless of what it is now`, async () => {
      for (const change of [{}, { connection: 'endpoint-2' }]) {
        const world = leftBehind({ ...change, onRevokeFailure }).answer('revoke', patError('accessDenied'));
        world.pipeline.inputs.onRevokeFailure = kind === 'fail' ? 'warn' : 'fail';
        await run(world);
        assert.equal(world.texts(kind).length, 1);
        assert.equal(world.texts('issues').length + world.texts('fail').length, 1);
      }
    });
  }

  it('takes no longer than 90 s', async () => {
    const world = leftBehind().answer('revoke', timedOut, timedOut, timedOut, timedOut);
    await run(world);
    assert.match(issue(world), /\(revoke-failed\)$/);
    assert.ok(world.runtime.clock <= noon + 90_000);
  });

  it('because of a fault of this task still names the token', async () => {
    const world = leftBehind().answer('revoke', () => {
      throw new TypeError('Authorization: Bearer very-secret');
    });
    await run(world);
    assert.match(issue(world), /bug, which stopped it \(TypeError\)/);
    assert.doesNotMatch(issue(world), /very-secret/);
    assert.match(issue(world), namesTheToken);
  });
});
