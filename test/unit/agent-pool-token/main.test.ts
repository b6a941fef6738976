import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mint } from '../../../src/agent-pool-token/main';
import { revoke } from '../../../src/agent-pool-token/post';
import type { HttpOutcome, HttpRequest } from '../../../src/http/runtime';
import { runStep } from '../../../src/step/run-step';
import {
  bob,
  broken,
  earlierName,
  entraToken,
  envelope,
  eventsOf,
  identityTokenOf,
  idOf,
  jobToken,
  json,
  kindOf,
  noon,
  opaqueToken,
  patError,
  patOf,
  robot,
  robotsToken,
  signInPage,
  text,
  timedOut,
  tooLarge,
  userOf,
  World,
} from '../../support/world';

const pattern = /^agent-pool-token [br]\d+ j[0-9a-f]{8} a\d+k? [a-z2-7]{10} [A-Za-z0-9 ._-]{0,40}$/;
const lost: HttpOutcome[] = [timedOut, broken, tooLarge, text(500, ''), text(200, '{"patToken":'), json(200, {})];

async function run(world: World): Promise<World> {
  await runStep(world, mint);
  world.assertDiscreet();
  const opened = eventsOf(world.events, 'open').length;
  assert.equal(eventsOf(world.events, 'close').length, opened, 'connections are let go of');
  return world;
}

/** The service makes the token, but its answer never arrives. */
const madeBut =
  (world: World, outcome: HttpOutcome) =>
  (request: HttpRequest): HttpOutcome => {
    world.makes(request);
    return outcome;
  };

/** How the lease changed, one entry a change. */
const leases = (world: World) =>
  eventsOf(world.events, 'task-variable').map(({ value }) => {
    if (value === '') return undefined;
    const { seal, ...lease } = JSON.parse(value);
    assert.equal(seal, world.pipeline.seal(JSON.stringify(lease)), 'a later stage recognises it');
    return lease;
  });

const failsWith = (world: World, code: string) => assert.match(world.failure, new RegExp(`\\(${code}\\)$`));
const isNotPublished = (world: World) => assert.equal(eventsOf(world.events, 'publish').length, 0);

describe('mint: where nothing goes wrong', () => {
  it('goes its way in order, with three requests', async () => {
    const world = await run(new World());
    assert.deepEqual(world.order, [
      'mask',
      'mask',
      'open',
      'lease',
      'sign-in',
      'mask',
      'lease',
      'create',
      'mask',
      'lease',
      'lease',
      'probe',
      'output tokenId',
      'output expiresOn',
      'output tokenKind',
      'variable',
      'mask',
      'publish',
      'say',
      'say',
      'say',
      'say',
      'close',
    ]);
    assert.deepEqual(world.requestKinds, ['sign-in', 'create', 'probe']);
  });

  it('needs two requests with an access token', async () => {
    const world = await run(new World().withAccessToken());
    assert.deepEqual(world.requestKinds, ['create', 'probe']);
    assert.equal(world.requests[0]?.url.startsWith('https://vssps.dev.azure.com/fabrikam/'), true);
    assert.equal(world.lease?.connection, 'accessToken');
    assert.deepEqual(world.texts('fail'), []);
  });

  it('masks every secret before anything is said', async () => {
    const { events, accessToken } = await run(new World());
    const firstWord = events.findIndex((event) => 'text' in event);
    for (const secret of ['client~secret.of-the-app', '0.refresh-token-of-the-user', accessToken, patOf(1)]) {
      const masked = events.findIndex((event) => event.kind === 'mask' && event.value === secret);
      assert.ok(masked !== -1 && masked < firstWord, 'said something first');
    }
  });

  it('hands the token over as one secret variable, and three facts about it as outputs', async () => {
    const world = await run(new World());
    assert.deepEqual(
      eventsOf(world.events, 'publish').map(({ name, value }) => [name, value]),
      [['AGENT_POOL_TOKEN', patOf(1)]],
    );
    assert.deepEqual(world.outputs, {
      tokenId: idOf(1),
      expiresOn: '2026-03-01T13:00:00.000Z',
      tokenKind: 'pat',
    });
  });

  it('asks for what the inputs say', async () => {
    const world = new World();
    Object.assign(world.pipeline.inputs, { lifetimeMinutes: '15', variable: 'My.Token', pool: 'linux' });
    await run(world);
    const body = JSON.parse(world.requests[1]?.body ?? '');
    assert.deepEqual(
      { ...body, displayName: '' },
      { displayName: '', scope: 'vso.agentpools_manage', validTo: '2026-03-01T12:15:00.000Z', allOrgs: false },
    );
    assert.match(body.displayName, /^agent-pool-token b4711 j12f1170f a1 [a-z2-7]{10} Nightly$/);
    assert.equal(new URL(world.requests[2]?.url ?? '').searchParams.get('poolName'), 'linux');
    assert.equal(eventsOf(world.events, 'publish')[0]?.name, 'My.Token');
    assert.match(world.said.join('\n'), /secret variable My\.Token/);
  });

  it('asks for another scope where the connection allows it, and probes what that may read', async () => {
    const world = new World();
    world.pipeline.inputs.scope = 'environment';
    Object.assign(world.pipeline.connections['endpoint-1']?.data ?? {}, { allowedScopes: 'environment' });
    await run(world);
    assert.deepEqual(world.texts('fail'), []);
    assert.equal(JSON.parse(world.requests[1]?.body ?? '').scope, 'vso.environment_manage');
    assert.equal(new URL(world.requests[2]?.url ?? '').searchParams.get('$top'), '1');
  });

  it('prints the guarantee with name, id, scope, organization and expiry', async () => {
    const world = await run(new World());
    const [first, second] = world.said;
    assert.equal(first, `Minted personal access token "${world.namesAskedFor[0]}" (id ${idOf(1)}).`);
    assert.match(
      second ?? '',
      /vso\.agentpools_manage.*"fabrikam" alone.*revoked when this job ends.*2026-03-01T13:00:00\.000Z/,
    );
  });

  it('writes the lease before the request, and the id as soon as it is known', async () => {
    const world = await run(new World());
    const terms = {
      organization: 'https://vssps.dev.azure.com/fabrikam',
      connection: 'endpoint-1',
      revoke: true,
      onRevokeFailure: 'warn',
    };
    const asked = world.askedAgo(0);
    const [name] = world.namesAskedFor;
    const user = userOf({ tid: '11111111-2222-3333-4444-555555555555', oid: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee' });
    const known = { name, asked, id: idOf(1), expiresOn: '2026-03-01T13:00:00.000Z' };
    assert.deepEqual(leases(world), [
      { ...terms, tokens: [{ name }] },
      { ...terms, user, tokens: [{ name, asked }] },
      { ...terms, user, tokens: [known] },
      { ...terms, user, tokens: [known] },
    ]);
  });

  it('leaves out a user whose id cannot be read', async () => {
    const world = new World();
    world.accessToken = opaqueToken;
    await run(world);
    assert.equal('user' in (world.lease ?? {}), false);
  });

  it('names the token after a classic release', async () => {
    const world = new World();
    Object.assign(world.pipeline.variables, {
      'System.HostType': 'release',
      'Release.ReleaseId': '99',
      'Release.DefinitionName': 'Rollout',
      'System.JobAttempt': '2',
    });
    await run(world);
    assert.match(world.namesAskedFor[0] ?? '', /^agent-pool-token r99 j12f1170f a2 [a-z2-7]{10} Rollout$/);
  });
});

describe('mint: a token that is to outlive its job', () => {
  const kept = () => {
    const world = new World();
    world.pipeline.inputs.revokeAfterJob = 'false';
    return world;
  };

  it('says so in its name, in the guarantee, and in the lease once the job has it', async () => {
    const world = await run(kept());
    assert.match(world.namesAskedFor[0] ?? '', / a1k /);
    assert.match(world.said.join('\n'), /NOT revoked when this job ends/);
    assert.deepEqual(
      leases(world).map(({ revoke: toRevoke, tokens: [token] }) => [toRevoke, token?.publishedAs]),
      [
        [false, undefined],
        [false, undefined],
        [false, undefined],
        [false, undefined],
        [false, 'AGENT_POOL_TOKEN'],
      ],
    );
    assert.ok(world.order.lastIndexOf('lease') > world.order.indexOf('publish'), 'until then it may be revoked');
  });

  it('is revoked all the same if the step fails', async () => {
    const world = kept().answer('probe', envelope(403, 'No.'));
    await run(world);
    assert.equal(world.alive.size, 0);
    assert.equal(world.lease, undefined);
  });
});

describe('mint: what is wrong before anything is sent', () => {
  const isSilent = (world: World) => {
    assert.deepEqual(world.requests, []);
    assert.equal(eventsOf(world.events, 'open').length, 0);
    assert.deepEqual(leases(world), []);
    isNotPublished(world);
  };

  it('is reported all at once', async () => {
    const world = new World();
    Object.assign(world.pipeline.inputs, {
      lifetimeMinutes: 'x',
      variable: 'PATH',
      onRevokeFailure: 'x',
    });
    Object.assign(world.pipeline.connections['endpoint-1']?.data ?? {}, {
      clientId: 'x',
      authorityUrl: 'https://evil.example',
      maxLifetimeMinutes: 'x',
    });
    await run(world);
    isSilent(world);
    for (const name of [
      'lifetimeMinutes',
      'variable',
      'onRevokeFailure',
      'clientId',
      'authority',
      'maxLifetimeMinutes',
    ]) {
      assert.match(world.failure, new RegExp(name));
    }
    failsWith(world, 'input-invalid');
  });

  for (const [what, change, code, says] of [
    ['no connection', (world: World) => (world.pipeline.inputs.issuer = ''), 'input-invalid', /issuer must name/],
    [
      'a connection of another pipeline',
      (world: World) => (world.pipeline.connections = {}),
      'connection-invalid',
      /not given/,
    ],
    [
      'another kind of connection',
      (world: World) => (world.pipeline.inputs.connectionType = 'x'),
      'input-invalid',
      /connectionType/,
    ],
    [
      'another organization than the connection’s',
      (world: World) => (world.pipeline.inputs.organizationUrl = 'https://dev.azure.com/contoso'),
      'input-invalid',
      /"contoso".*"fabrikam" alone/,
    ],
    ['an access token that is none', (world: World) => world.withAccessToken('short'), 'input-invalid', /accessToken/],
    [
      'a scope that the connection does not allow',
      (world: World) => (world.pipeline.inputs.scope = 'environment'),
      'limit-exceeded',
      /scope environment .*agentPool/,
    ],
  ] as [string, (world: World) => unknown, string, RegExp][]) {
    it(`is ${what}`, async () => {
      const world = new World();
      change(world);
      await run(world);
      isSilent(world);
      failsWith(world, code);
      assert.match(world.failure, says);
    });
  }

  for (const [what, ceiling, lifetime, refused] of [
    ['a lifetime above the ceiling', '30', '31', true],
    ['the default lifetime above the ceiling', '30', '', true],
    ['a lifetime at the ceiling', '30', '30', false],
  ] as const) {
    it(`${refused ? 'is' : 'is not'} ${what}, which is never clamped`, async () => {
      const world = new World();
      world.pipeline.inputs.lifetimeMinutes = lifetime;
      Object.assign(world.pipeline.connections['endpoint-1']?.data ?? {}, { maxLifetimeMinutes: ceiling });
      await run(world);
      if (!refused) return assert.deepEqual(world.texts('fail'), []);
      isSilent(world);
      failsWith(world, 'limit-exceeded');
      assert.match(world.failure, new RegExp(`lifetimeMinutes ${lifetime || '60'} is more than the 30 minutes`));
    });
  }

  it('does not count the same organization in its other form, or the connection’s own, as another', async () => {
    for (const url of ['https://dev.azure.com/fabrikam/', 'https://fabrikam.visualstudio.com']) {
      const world = new World();
      world.pipeline.inputs.organizationUrl = url;
      assert.deepEqual((await run(world)).texts('fail'), [], url);
    }
  });

  it('is an agent whose proxy settings cannot be read', async () => {
    const world = new World();
    world.pipeline.agentNetwork = () => {
      throw new Error('a fault');
    };
    await run(world);
    isSilent(world);
    assert.match(world.failure, /bug, which stopped it \(Error\)/);
  });
});

describe('mint: signing in', () => {
  it('that is refused leaves nothing for post to do', async () => {
    const world = new World().answer('sign-in', json(400, { error: 'invalid_grant', error_codes: [700082] }));
    await run(world);
    failsWith(world, 'sign-in-expired');
    assert.deepEqual(world.requestKinds, ['sign-in']);
    assert.equal(world.lease, undefined);
    assert.deepEqual(world.order.slice(-4), ['sign-in', 'lease cleared', 'fail', 'close']);
  });

  it('as an application is refused', async () => {
    const world = new World().withAccessToken(entraToken({ idtyp: 'app', ...bob }));
    await run(world);
    failsWith(world, 'issuer-not-a-user');
    assert.deepEqual(world.requests, []);
    assert.equal(world.lease, undefined);
  });
});

describe('mint: a creation that is refused', () => {
  for (const [outcome, code] of [
    [patError('disablePatCreationPolicyViolation'), 'pat-creation-restricted'],
    [patError('patLifespanPolicyViolation'), 'pat-lifespan-policy'],
    [envelope(403, 'TF401444: Please sign-in at least once.'), 'not-signed-in'],
    [signInPage, 'not-signed-in'],
    [text(302, ''), 'not-signed-in'],
    [text(429, '', { 'retry-after': '600' }), 'throttled'],
  ] as const) {
    it(`as ${code} is final and leaves nothing for post to do: ${JSON.stringify(outcome).slice(0, 60)}`, async () => {
      const world = await run(new World().answer('create', outcome));
      failsWith(world, code);
      assert.deepEqual(world.requestKinds, ['sign-in', 'create']);
      assert.equal(world.lease, undefined);
      isNotPublished(world);
    });
  }

  it('by something on the way leaves its name for post', async () => {
    const world = await run(new World().answer('create', text(403, '<html>Blocked</html>')));
    failsWith(world, 'pat-refused');
    assert.deepEqual(world.requestKinds, ['sign-in', 'create']);
    assert.deepEqual(namesLeft(world), [world.namesAskedFor[0]]);
  });

  it('for being too many is tried again with the same name', async () => {
    const world = await run(new World().answer('create', text(429, '', { 'retry-after': '3' })));
    assert.deepEqual(world.texts('fail'), []);
    assert.deepEqual(world.requestKinds, ['sign-in', 'create', 'create', 'probe']);
    assert.equal(new Set(world.namesAskedFor).size, 1);
    assert.deepEqual(world.runtime.sleeps, [3000]);
  });
});

/** Names of the tokens that main leaves for post. */
const namesLeft = (world: World) => world.lease?.tokens.map(({ name }) => name);

describe('mint: a creation whose outcome is unknown', () => {
  for (const outcome of lost) {
    const what = JSON.stringify(outcome).slice(0, 70);

    it(`is looked for by name, revoked, and made once more under a new name: ${what}`, async () => {
      const world = new World();
      world.answer('create', madeBut(world, outcome));
      await run(world);
      assert.deepEqual(world.texts('fail'), []);
      assert.deepEqual(world.requestKinds, ['sign-in', 'create', 'list', 'revoke', 'create', 'probe']);
      const [first, second] = world.namesAskedFor;
      assert.notEqual(first, second);
      assert.match(second ?? '', pattern);
      assert.deepEqual([...world.alive.keys()], [second]);
      assert.deepEqual(
        world.lease?.tokens.map(({ name }) => name),
        [second],
      );
      assert.equal(eventsOf(world.events, 'publish')[0]?.value, patOf(2));
      assert.match(world.said[0] ?? '', /may exist all the same: looking for it/);
    });

    it(`stays in the lease beside the new one where it is not to be found: ${what}`, async () => {
      const world = await run(new World().answer('create', outcome));
      assert.deepEqual(world.texts('fail'), []);
      assert.deepEqual(world.requestKinds, ['sign-in', 'create', 'list', 'create', 'probe']);
      const names = world.namesAskedFor;
      assert.deepEqual(
        world.lease?.tokens.map(({ name }) => name),
        names,
      );
      assert.equal(names.length, 2);
      assert.equal(world.lease?.tokens[0]?.id, undefined);
      assert.equal(world.lease?.tokens[1]?.id, idOf(1));
    });
  }

  it('has its second name in the lease before the second request', async () => {
    const world = await run(new World().answer('create', timedOut));
    const second = world.events.filter((event) => event.kind === 'request' || event.kind === 'task-variable');
    const at = world.events.findLastIndex(
      (event) => event.kind === 'request' && event.request.method === 'POST' && event.request.url.includes('pats'),
    );
    const before = world.events
      .slice(0, at)
      .filter((event) => event.kind === 'task-variable')
      .at(-1);
    assert.ok(second.length > 0 && before?.kind === 'task-variable');
    assert.deepEqual(
      JSON.parse(before.value).tokens.map(({ name }: { name: string }) => name),
      world.namesAskedFor,
    );
  });

  it('is final where it cannot be looked for, and stays in the lease', async () => {
    const world = await run(new World().answer('create', timedOut).answer('list', text(403, '')));
    failsWith(world, 'timed-out');
    assert.deepEqual(world.requestKinds, ['sign-in', 'create', 'list']);
    assert.deepEqual(namesLeft(world), [world.namesAskedFor[0]]);
    assert.match(world.said.join('\n'), /The post-job step looks again/);
  });

  it('is final where what was found cannot be revoked', async () => {
    const world = new World();
    world.answer('create', madeBut(world, broken)).answer('revoke', patError('accessDenied'));
    await run(world);
    failsWith(world, 'network');
    assert.equal(world.namesAskedFor.length, 1);
    assert.deepEqual(namesLeft(world), [world.namesAskedFor[0]]);
  });

  it('twice is final: the second is looked for too, and revoked', async () => {
    const world = new World();
    world.answer('create', madeBut(world, timedOut), madeBut(world, broken));
    await run(world);
    failsWith(world, 'network');
    assert.deepEqual(world.requestKinds, ['sign-in', 'create', 'list', 'revoke', 'create', 'list', 'revoke']);
    assert.equal(world.alive.size, 0);
    assert.equal(world.lease, undefined);
    isNotPublished(world);
  });

  it('twice leaves both names for post where neither is to be found', async () => {
    const world = await run(new World().answer('create', timedOut, text(502, '')));
    failsWith(world, 'network');
    assert.deepEqual(world.requestKinds, ['sign-in', 'create', 'list', 'create', 'list']);
    assert.deepEqual(namesLeft(world), world.namesAskedFor);
  });

  it('and is then refused clears the second name alone', async () => {
    const world = await run(new World().answer('create', timedOut, patError('accessDenied')));
    failsWith(world, 'pat-refused');
    assert.deepEqual(namesLeft(world), [world.namesAskedFor[0]]);
  });

  it('and then fails its probe leaves only the first name, which no answer has shown', async () => {
    const world = await run(new World().answer('create', timedOut).answer('probe', envelope(403, 'No.')));
    failsWith(world, 'token-not-accepted');
    assert.deepEqual(namesLeft(world), [world.namesAskedFor[0]]);
    assert.equal(world.alive.size, 0);
  });

  it('has the time that was kept back for revoking, where the rest is used up', async () => {
    const world = new World();
    world.runtime.reply = ((reply) => (request: HttpRequest, index: number) => {
      if (world.requests.length === 1) world.runtime.clock += 95_000;
      return reply(request, index);
    })(world.runtime.reply);
    world.answer('create', madeBut(world, timedOut));
    await run(world);
    failsWith(world, 'timed-out');
    assert.equal(world.runtime.clock <= noon + 150_000, true);
    assert.deepEqual(world.requestKinds.slice(0, 4), ['sign-in', 'create', 'list', 'revoke']);
    assert.equal(world.alive.size, 0);
  });
});

describe('mint: a token that is not what was asked for', () => {
  for (const [what, change, code] of [
    ['of another scope', { scope: 'app_token' }, 'granted-more-than-asked'],
    ['for all organizations', { targetAccounts: null }, 'granted-more-than-asked'],
    ['for longer', { validTo: '2026-03-01T13:02:01Z' }, 'granted-more-than-asked'],
    ['of unreadable expiry', { validTo: 'soon' }, 'response-malformed'],
    ['of another name', { displayName: 'other' }, 'response-malformed'],
    ['that is no word', { token: 'two words, but long enough to be one' }, 'response-malformed'],
  ] as const) {
    it(`${what} is revoked at once, unused, and the step fails`, async () => {
      const world = new World();
      world.answer('create', (request) => world.makes(request, change));
      await run(world);
      failsWith(world, code);
      assert.deepEqual(world.requestKinds, ['sign-in', 'create', 'revoke']);
      assert.equal(world.alive.size, 0);
      assert.equal(world.lease, undefined);
      isNotPublished(world);
      assert.match(world.said.join('\n'), /revoked again/);
    });
  }

  it('and is not found at once stays in the lease, and the log says that post asks again', async () => {
    const world = new World();
    world.answer('create', (request) => world.makes(request, { scope: 'app_token' }));
    world.answer('revoke', json(404, { typeKey: 'SessionTokenNotFoundException', message: 'No.' }));
    await run(world);
    failsWith(world, 'granted-more-than-asked');
    assert.equal(world.lease?.tokens.length, 1);
    assert.match(world.said.join('\n'), /does not find token "agent-pool-token .*yet\. The post-job step asks again\./);
  });

  it('but shorter is accepted with a warning that names both times', async () => {
    const world = new World();
    world.answer('create', (request) => world.makes(request, { validTo: '2026-03-01T12:30:00Z' }));
    await run(world);
    assert.deepEqual(world.texts('fail'), []);
    assert.deepEqual(world.texts('warn'), [
      'A policy shortened the token: asked for until 2026-03-01T13:00:00.000Z, granted until 2026-03-01T12:30:00.000Z.',
    ]);
    assert.equal(world.outputs.expiresOn, '2026-03-01T12:30:00.000Z');
    assert.equal(world.lease?.tokens[0]?.expiresOn, '2026-03-01T12:30:00.000Z');
  });

  it('but shorter by two minutes is what was asked for', async () => {
    const world = new World();
    world.answer('create', (request) => world.makes(request, { validTo: '2026-03-01T12:58:00Z' }));
    assert.deepEqual((await run(world)).texts('warn'), []);
  });
});

describe('mint: a token that does not pass its probe', () => {
  for (const [what, prepare, code] of [
    ['is not accepted', (world: World) => world.answer('probe', envelope(403, 'No.')), 'token-not-accepted'],
    ['finds no pool', (world: World) => (world.pools = []), 'pool-not-found'],
    [
      'may not manage the pool',
      (world: World) => world.answer('probe', json(200, { value: [] })),
      'pool-not-manageable',
    ],
    [
      'meets a service that limits requests',
      (world: World) => world.answer('probe', text(429, '', { 'retry-after': '3600' })),
      'throttled',
    ],
    [
      'meets a network without end',
      (world: World) => world.answer('probe', timedOut, timedOut, timedOut, timedOut),
      'timed-out',
    ],
  ] as [string, (world: World) => unknown, string][]) {
    it(`because it ${what} is revoked, and the step fails`, async () => {
      const world = new World();
      world.pipeline.inputs.pool = 'Linux';
      prepare(world);
      await run(world);
      failsWith(world, code);
      assert.equal(world.requestKinds.at(-1), 'revoke');
      assert.equal(world.alive.size, 0);
      assert.equal(world.lease, undefined);
      isNotPublished(world);
      assert.deepEqual(world.outputs, {});
    });
  }

  it('but is known a little later is fine', async () => {
    const world = await run(new World().answer('probe', text(401, ''), text(401, '')));
    assert.deepEqual(world.texts('fail'), []);
    assert.deepEqual(world.runtime.sleeps, [250, 500]);
  });

  it('and cannot be revoked stays in the lease, and is named in a warning', async () => {
    const world = new World().answer('probe', envelope(403, 'No.')).answer('revoke', patError('accessDenied'));
    await run(world);
    failsWith(world, 'token-not-accepted');
    assert.equal(world.alive.size, 1);
    const [warning] = world.texts('warn');
    assert.match(
      warning ?? '',
      new RegExp(`"${world.namesAskedFor[0]}" \\(id ${idOf(1)}, expires 2026-03-01T13:00:00.000Z\\)`),
    );
    assert.match(warning ?? '', /post-job step tries again/);
    assert.equal(world.lease?.tokens[0]?.id, idOf(1));
    assert.ok(world.order.indexOf('warn') < world.order.indexOf('fail'));
  });

  it('has 30 s kept back for its revocation, however long the probe took', async () => {
    const world = new World().answer('probe', timedOut, timedOut, timedOut, timedOut);
    await run(world);
    assert.equal(world.alive.size, 0);
    const request = world.requests.at(-1);
    assert.equal(request?.method, 'DELETE');
    assert.ok(request && request.timeout > 0 && request.timeout <= 30_000);
    assert.ok(world.runtime.clock <= noon + 150_000);
  });

  it('because of a fault of this task is revoked all the same', async () => {
    const world = new World().answer('probe', () => {
      throw new TypeError('a fault');
    });
    await run(world);
    assert.match(world.failure, /bug, which stopped it \(TypeError\)/);
    assert.equal(world.alive.size, 0);
    assert.equal(world.lease, undefined);
  });

  it('is revoked also where it cannot be handed over', async () => {
    const world = new World();
    world.pipeline.publishSecret = () => {
      throw new Error('a fault');
    };
    await run(world);
    assert.equal(world.alive.size, 0);
    assert.match(world.failure, /bug, which stopped it/);
  });
});

describe('mint: a step that is run again in its job', () => {
  function again(change: Record<string, unknown> = {}): World {
    const world = new World().leave(change);
    world.alive.set(earlierName, idOf(77));
    return world;
  }

  it('revokes the earlier token before it overwrites the lease', async () => {
    const world = await run(again());
    assert.deepEqual(world.texts('fail'), []);
    assert.deepEqual(world.requestKinds, ['sign-in', 'look-up', 'revoke', 'create', 'probe']);
    assert.ok(world.order.indexOf('revoke') < world.order.indexOf('lease'));
    assert.deepEqual([...world.alive.keys()], world.namesAskedFor);
    assert.match(world.said[0] ?? '', new RegExp(`Revoked what an earlier attempt .*"${earlierName}"`));
  });

  it('looks for an earlier token by its name where its id was never learned', async () => {
    const world = await run(again({ tokens: [{ name: earlierName }] }));
    assert.deepEqual(world.requestKinds, ['sign-in', 'list', 'revoke', 'create', 'probe']);
    assert.deepEqual([...world.alive.keys()], world.namesAskedFor);
  });

  it('goes on looking for an earlier token whose name was not found, because that proves nothing', async () => {
    const world = again({ tokens: [{ name: earlierName }] });
    world.alive.clear();
    await run(world);
    assert.deepEqual(world.texts('fail'), []);
    assert.deepEqual(
      world.lease?.tokens.map(({ name }) => name),
      [earlierName, ...world.namesAskedFor],
    );
    assert.match(world.said[0] ?? '', new RegExp(`does not find what an earlier attempt .*"${earlierName}"`));
    world.alive.set(earlierName, idOf(77));
    await runStep(world, revoke);
    assert.deepEqual([...world.alive.keys()], []);
  });

  it('keeps its own token alone, also where the earlier one was kept and is not found yet', async () => {
    const world = again();
    const earlier = { name: earlierName, id: idOf(77), asked: world.askedAgo(5_000), publishedAs: 'AGENT_POOL_TOKEN' };
    world.leave({ revoke: false, tokens: [earlier] }).answer('revoke', patError('tokenNotFound'));
    world.pipeline.inputs.revokeAfterJob = 'false';
    await run(world);
    assert.deepEqual(world.texts('fail'), []);
    await runStep(world, revoke);
    assert.deepEqual([...world.alive.keys()], world.namesAskedFor);
  });

  it('takes over no earlier token that was found, or whose id is gone', async () => {
    for (const [tokens, alive] of [
      [[{ name: earlierName }], true],
      [[{ name: earlierName, id: idOf(77) }], false],
    ] as const) {
      const world = again({ tokens });
      if (!alive) world.alive.clear();
      await run(world);
      assert.deepEqual(
        world.lease?.tokens.map(({ name }) => name),
        world.namesAskedFor,
      );
    }
  });

  it('keeps an earlier token that was not found also where the new one is refused', async () => {
    const world = again({ tokens: [{ name: earlierName }] }).answer('create', patError('accessDenied'));
    world.alive.clear();
    await run(world);
    failsWith(world, 'pat-refused');
    assert.deepEqual(world.lease?.tokens, [{ name: earlierName }]);
  });

  it('revokes even a token that was to be kept: its successor takes its place', async () => {
    const world = await run(
      again({ revoke: false, tokens: [{ name: earlierName, id: idOf(77), publishedAs: 'TOKEN' }] }),
    );
    assert.deepEqual([...world.alive.keys()], world.namesAskedFor);
  });

  it('is content where the earlier token is gone', async () => {
    const world = again();
    world.alive.clear();
    assert.deepEqual((await run(world)).texts('fail'), []);
  });

  for (const [what, prepare] of [
    ['revoked', (world: World) => world.answer('revoke', patError('accessDenied'))],
    [
      'signed in for',
      (world: World) => world.answer('sign-in', json(400, { error: 'invalid_grant', error_codes: [700082] })),
    ],
  ] as const) {
    it(`fails where the earlier token cannot be ${what}, and keeps its lease`, async () => {
      const world = again();
      const before = world.lease;
      prepare(world);
      await run(world);
      failsWith(world, 'revoke-failed');
      assert.match(world.failure, new RegExp(`"${earlierName}" \\(id ${idOf(77)}`));
      assert.match(world.failure, /post-job step tries again/);
      assert.deepEqual(world.lease, before);
      assert.equal(world.namesAskedFor.length, 0);
    });
  }

  for (const [what, change] of [
    ['another organization', { organization: 'https://vssps.dev.azure.com/contoso' }],
    ['another connection', { connection: 'endpoint-2' }],
  ] as const) {
    it(`sends nothing where the earlier attempt named ${what}`, async () => {
      const world = again(change);
      await run(world);
      failsWith(world, 'lease-mismatch');
      assert.deepEqual(world.requests, []);
      assert.deepEqual(leases(world), []);
    });
  }

  it('touches nothing as another user', async () => {
    const world = await run(again({ user: userOf(bob) }));
    failsWith(world, 'lease-mismatch');
    assert.deepEqual(world.requestKinds, ['sign-in']);
    assert.deepEqual(leases(world), []);
  });

  it('believes no "not found" of a user whose id cannot be read', async () => {
    const world = again();
    world.accessToken = opaqueToken;
    world.alive.clear();
    await run(world);
    assert.equal(world.namesAskedFor.length, 0, 'the lease of a token that may be alive was overwritten');
    failsWith(world, 'lease-mismatch');
    assert.deepEqual(leases(world), []);
  });

  it('keeps a lease that cannot be read, and fails', async () => {
    const world = new World().leave({ tokens: 7 });
    await run(world);
    failsWith(world, 'lease-mismatch');
    assert.deepEqual(leases(world), []);
    assert.deepEqual(world.requests, []);
  });

  it('reports a fault of this task as such', async () => {
    const world = again().answer('revoke', () => {
      throw new TypeError('a fault');
    });
    await run(world);
    assert.match(world.failure, /bug, which stopped it \(TypeError\)/);
    assert.equal(world.alive.has(earlierName), true);
    assert.deepEqual(leases(world), []);
  });
});

describe('mint: the token of an application', () => {
  const key = 'key~of.the-service_principal';
  const withKey = () => new World().withApplication('azureRM', { scheme: 'ServicePrincipal', ...keyed });
  const keyed = { secrets: { servicePrincipalKey: key } };

  async function publishAppToken(world: World): Promise<World> {
    await run(world);
    world.assertDiscreet(jobToken);
    assert.deepEqual(leases(world), [], 'there is nothing to revoke');
    if (world.texts('fail').length > 0) {
      isNotPublished(world);
      assert.deepEqual(world.outputs, {});
    }
    return world;
  }

  for (const kind of ['azureDevOps', 'azureRM'] as const) {
    it(`goes its way in order through ${kind}, with three requests`, async () => {
      const world = await publishAppToken(new World().withApplication(kind));
      assert.deepEqual(world.order, [
        'open',
        'mask',
        'identity',
        'mask',
        'sign-in',
        'mask',
        'probe',
        'output tokenId',
        'output expiresOn',
        'output tokenKind',
        'variable',
        'mask',
        'publish',
        'say',
        'say',
        'say',
        'close',
      ]);
      assert.deepEqual(world.outputs, { tokenId: '', expiresOn: '2026-03-01T12:59:59.000Z', tokenKind: 'entra' });
      assert.deepEqual(
        eventsOf(world.events, 'publish').map(({ name, value }) => [name, value]),
        [['AGENT_POOL_TOKEN', robotsToken]],
      );
    });
  }

  it('states when the token was minted by the clock of Entra', async () => {
    const world = new World().withApplication('azureRM');
    world.pipeline.inputs.variable = 'MY.TOKEN';
    const { clock } = world.runtime;
    world.runtime.now = () => world.runtime.clock + 3_600_000;
    const { reply } = world.runtime;
    world.runtime.reply = async (request, index) => {
      const outcome = await reply(request, index);
      const behind = kindOf(request) === 'sign-in' ? 60_000 : 0;
      const date = new Date(world.runtime.clock - behind).toUTCString();
      return outcome.kind === 'answer' ? { ...outcome, headers: { ...outcome.headers, date } } : outcome;
    };
    await publishAppToken(world);
    assert.deepEqual(eventsOf(world.events, 'variable'), [
      { kind: 'variable', name: 'MY.TOKEN_MINTED_ON', value: new Date(clock - 60_000).toISOString() },
    ]);
  });

  it('needs two requests with a key', async () => {
    const world = await publishAppToken(withKey());
    assert.deepEqual(world.requestKinds, ['sign-in', 'probe']);
    assert.equal(eventsOf(world.events, 'publish').length, 1);
  });

  it('masks every secret before anything is said', async () => {
    for (const world of [
      await publishAppToken(new World().withApplication('azureDevOps')),
      await publishAppToken(withKey()),
    ]) {
      const firstWord = world.events.findIndex((event) => 'text' in event);
      const masked = world.events.slice(0, firstWord).flatMap((event) => (event.kind === 'mask' ? [event.value] : []));
      assert.ok(masked.includes(robotsToken), 'the token is not masked');
      const proved = masked.includes(jobToken) && masked.includes(identityTokenOf(1));
      assert.ok(masked.includes(key) || proved, 'what it signs in with is not masked');
    }
  });

  it('says whose it is, its expiry, and that it is neither limited nor revoked', async () => {
    const world = await publishAppToken(new World().withApplication('azureDevOps'));
    const [whose = '', guarantee = '', variable = ''] = world.said;
    assert.match(whose, new RegExp(`service principal ${robot.oid} for the organization "fabrikam"`));
    assert.match(guarantee, /expires at 2026-03-01T12:59:59\.000Z.*NOT limited to agent pools.*cannot be revoked/);
    assert.match(variable, /AGENT_POOL_TOKEN/);
  });

  it('is tried on the pool that is named, in the organization that is named', async () => {
    const world = new World().withApplication('azureDevOps');
    Object.assign(world.pipeline.inputs, {
      organizationUrl: 'https://dev.azure.com/contoso',
      pool: 'linux',
      variable: 'My.Token',
    });
    await publishAppToken(world);
    assert.deepEqual(world.texts('fail'), []);
    const hosts = world.requests.map(({ url }) => new URL(url));
    assert.match(hosts[0]?.pathname ?? '', /^\/fabrikam\//, 'this job is at home in its own organization');
    assert.match(hosts[2]?.pathname ?? '', /^\/contoso\//);
    assert.equal(hosts[2]?.searchParams.get('poolName'), 'linux');
    assert.equal(eventsOf(world.events, 'publish')[0]?.name, 'My.Token');
  });

  for (const [what, prepare, code] of [
    [
      'is not offered',
      (world: World) => (world.pipeline.variables['System.OidcRequestUri'] = ''),
      'connection-invalid',
    ],
    [
      'is offered elsewhere',
      (world: World) => (world.pipeline.variables['System.OidcRequestUri'] = 'https://evil.example/oidctoken'),
      'host-untrusted',
    ],
    [
      'has no token of this job',
      (world: World) => delete world.pipeline.connections.SYSTEMVSSCONNECTION,
      'connection-invalid',
    ],
    [
      'is refused an identity token',
      (world: World) => world.answer('identity', envelope(404, 'x')),
      'connection-invalid',
    ],
    [
      'does not match its federated credential',
      (world: World) => world.answer('sign-in', json(401, { error: 'invalid_client', error_codes: [700213] })),
      'sign-in-app-misconfigured',
    ],
    [
      'has no expiry',
      (world: World) => world.answer('sign-in', json(200, { token_type: 'Bearer', access_token: robotsToken })),
      'response-malformed',
    ],
    ['is unknown in the organization', (world: World) => world.answer('probe', text(401, '')), 'not-signed-in'],
    ['sees no such pool', (world: World) => (world.pools = []), 'pool-not-found'],
    [
      'may not manage the pool',
      (world: World) => world.answer('probe', json(200, { value: [] })),
      'pool-not-manageable',
    ],
    [
      'meets an agent whose proxy settings cannot be read',
      (world: World) => (world.pipeline.agentNetwork = () => assert.fail()),
      '',
    ],
  ] as [string, (world: World) => unknown, string][]) {
    it(`is not handed over where it ${what}`, async () => {
      const world = new World().withApplication('azureDevOps');
      world.pipeline.inputs.pool = 'Linux';
      prepare(world);
      await publishAppToken(world);
      if (code === '') assert.match(world.failure, /bug, which stopped it/);
      else failsWith(world, code);
    });
  }

  it('is refused before anything is sent where its limits were asked for, all at once', async () => {
    const world = new World().withApplication('azureRM', { scheme: 'PublishProfile', parameters: {} });
    Object.assign(world.pipeline.inputs, {
      scope: 'environment',
      lifetimeMinutes: '5',
      revokeAfterJob: 'false',
      onRevokeFailure: 'fail',
      variable: 'PATH',
    });
    await publishAppToken(world);
    assert.deepEqual(world.requests, []);
    for (const input of ['scope', 'lifetimeMinutes', 'revokeAfterJob', 'onRevokeFailure', 'variable']) {
      assert.match(world.failure, new RegExp(input));
    }
    assert.match(world.failure, /"PublishProfile"/);
    assert.match(world.failure, /There are 8 problems/);
    failsWith(world, 'input-invalid');
  });

  it('has no owner where the step names no connection', async () => {
    const world = new World();
    world.pipeline.inputs = { connectionType: 'azureRM' };
    await publishAppToken(world);
    assert.match(world.failure, /azureSubscription must name a service connection/);
    assert.deepEqual(world.requests, []);
  });

  it('does not touch what an earlier attempt of this step left', async () => {
    const world = new World().leave().withApplication('azureDevOps');
    await run(world);
    assert.deepEqual(leases(world), []);
    assert.equal(world.lease?.tokens[0]?.name, earlierName);
  });

  it('that the service throttles is asked for in its own time', async () => {
    const world = new World().withApplication('azureDevOps');
    world.answer('identity', text(429, '', { 'retry-after': '20' }));
    world.answer('sign-in', text(429, '', { 'retry-after': '30' }));
    await publishAppToken(world);
    assert.deepEqual(world.texts('fail'), []);
    assert.equal(world.runtime.clock, noon + 50_000);
  });

  it('takes no longer than two minutes', async () => {
    const world = new World().withApplication('azureDevOps');
    world.runtime.reply = () => timedOut;
    await publishAppToken(world);
    failsWith(world, 'timed-out');
    assert.ok(world.runtime.clock <= noon + 120_000, 'it took too long');
  });

  it('is published, or the step fails, for any answers of the services', async () => {
    const outcome = fc.constantFrom<HttpOutcome | undefined>(
      undefined,
      ...lost,
      text(401, ''),
      text(403, '<html>'),
      signInPage,
      text(429, '', { 'retry-after': '50' }),
      text(503, '', { 'retry-after': '90' }),
      json(200, { oidcToken: 'short', access_token: 7, value: 'x' }),
    );
    const outcomes = fc.array(outcome, { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.record({ identity: outcomes, 'sign-in': outcomes, probe: outcomes }),
        fc.constantFrom('', 'Linux'),
        fc.boolean(),
        async (wrong, pool, byKey) => {
          const world = byKey ? withKey() : new World().withApplication('azureDevOps');
          world.pipeline.inputs.pool = pool;
          world.runtime.latency = 100;
          for (const kind of ['identity', 'sign-in', 'probe'] as const) {
            for (const reply of wrong[kind]) world.answer(kind, reply ?? ((request) => world.works(request)));
          }
          await publishAppToken(world);
          const published = eventsOf(world.events, 'publish').length;
          assert.equal(world.texts('fail').length + published, 1);
          assert.ok(world.runtime.clock <= noon + 120_100, 'it took too long');
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('mint: for any answers of the services', () => {
  const failure = [timedOut, broken, tooLarge, text(500, ''), text(403, '<html>'), text(408, ''), text(401, '')];
  const busy = [text(503, '', { 'retry-after': '50' }), text(429, '', { 'retry-after': '90' }), text(429, '')];
  /** Answers after which a token may exist all the same. */
  const silence = fc.constantFrom(...lost, ...failure.slice(0, -1), text(503, '', { 'retry-after': '50' }));
  const refusal = fc.constantFrom(patError('accessDenied'), envelope(403, 'No.'), text(401, ''), ...busy.slice(1));
  const failures = fc.array(fc.option(fc.constantFrom(...failure, ...busy, patError('accessDenied'))), {
    maxLength: 5,
  });
  const readings = fc.array(
    fc.option(fc.constantFrom(...failure, ...busy, ...lost, json(200, { value: [], patTokens: [] }))),
    { maxLength: 5 },
  );
  const creations = fc.array(
    fc.option(
      fc.oneof(
        fc.record({ made: fc.constant(true), outcome: silence }),
        fc.record({ made: fc.constant(false), outcome: fc.oneof(silence, refusal) }),
      ),
    ),
    { maxLength: 4 },
  );
  const troubles = fc.record({
    create: creations,
    list: readings,
    revoke: failures,
    probe: readings,
    'sign-in': readings,
    kept: fc.boolean(),
  });

  it('no token outlives the job: it was published, or post finds it', async () => {
    await fc.assert(
      fc.asyncProperty(troubles, async ({ kept, ...trouble }) => {
        const world = new World();
        world.runtime.latency = 100;
        if (kept) world.pipeline.inputs.revokeAfterJob = 'false';
        const create = trouble.create.map((planned) => (request: HttpRequest) => {
          if (planned?.made === false) return planned.outcome;
          const answer = world.makes(request);
          return planned?.outcome ?? answer;
        });
        world.answer('create', ...create);
        for (const kind of ['list', 'revoke', 'probe', 'sign-in'] as const) {
          world.answer(
            kind,
            ...trouble[kind].map((outcome) => outcome ?? ((request: HttpRequest) => world.works(request))),
          );
        }
        await run(world);
        const failed = world.texts('fail').length;
        const published = eventsOf(world.events, 'publish').length;
        assert.equal(failed + published, 1, 'either it fails, or it publishes');
        assert.ok(world.runtime.clock <= noon + 150_100, 'it took too long');
        assert.ok(world.namesAskedFor.every((name) => pattern.test(name)));
        assert.ok(new Set(world.namesAskedFor).size <= 2, 'it asked for more than two tokens');
        const leased = world.lease?.tokens.map(({ name }) => name) ?? [];
        for (const name of world.alive.keys()) assert.ok(leased.includes(name), `no step will revoke ${name}`);

        world.recover();
        world.alive.set('a token of somebody else', idOf(999));
        await runStep(world, revoke);
        assert.ok(world.alive.delete('a token of somebody else'));
        assert.deepEqual(world.texts('issues'), []);
        // One that is kept is that which the job has, and no other.
        assert.deepEqual([...world.alive.keys()], published === 1 && kept ? world.namesAskedFor.slice(-1) : []);
      }),
      { numRuns: 500 },
    );
  });
});
