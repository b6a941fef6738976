import assert from 'node:assert/strict';
import { mint } from '../../../src/agent-pool-token/main';
import { revoke } from '../../../src/agent-pool-token/post';
import type { HttpOutcome, HttpRequest } from '../../../src/http/runtime';
import { runStep } from '../../../src/step/run-step';
import {
  broken,
  earlierName,
  eventsOf,
  idOf,
  json,
  noon,
  type RequestKind,
  text,
  timedOut,
  World,
} from '../../support/world';

const saidInMain = /^This step was cancelled: it asks for nothing more, and its post-job step revokes what was made\.$/;

/** Ends the request with an interrupt, so that main does not learn how it ended. */
const interrupted =
  (world: World, outcome: (request: HttpRequest) => HttpOutcome = (request) => world.works(request)) =>
  (request: HttpRequest): HttpOutcome => {
    world.runtime.interrupt();
    return outcome(request);
  };

/** Lets the answer arrive, and interrupts before main has looked at it. */
const lateInterrupted =
  (world: World) =>
  (request: HttpRequest): HttpOutcome => {
    queueMicrotask(() => world.runtime.interrupt());
    return world.works(request);
  };

async function runMain(world: World): Promise<World> {
  await runStep(world, mint);
  world.assertDiscreet();
  assert.equal(eventsOf(world.events, 'close').length, 1);
  assert.equal(world.runtime.underWay, 0);
  assert.deepEqual(eventsOf(world.events, 'publish'), []);
  assert.deepEqual(world.outputs, {});
  const words = world.texts('say').filter((line) => saidInMain.test(line));
  assert.equal(words.length, 1, 'it is said, once');
  return world;
}

/** Post, which finds what main left. */
async function runPost(world: World): Promise<void> {
  world.recover();
  await runStep(world, revoke);
  assert.deepEqual([...world.alive.keys()], [], 'a token outlived its job');
  assert.deepEqual(world.texts('issues'), []);
}

const nothingAfter = (world: World, kind: RequestKind) => assert.equal(world.requestKinds.at(-1), kind);

describe('interrupt: main', () => {
  it('while it signs in asks for nothing more, and leaves nothing for post', async () => {
    const world = new World();
    await runMain(world.answer('sign-in', interrupted(world)));
    assert.deepEqual(world.requestKinds, ['sign-in']);
    assert.match(world.failure, /\(cancelled\)$/);
    assert.equal(world.lease, undefined);
  });

  it('as soon as it has signed in leaves the name, and post finds nothing', async () => {
    const world = new World();
    await runMain(world.answer('sign-in', lateInterrupted(world)));
    assert.deepEqual(world.requestKinds, ['sign-in']);
    assert.match(world.failure, /\(cancelled\)$/);
    await runPost(world);
  });

  for (const [what, made] of [
    ['made', true],
    ['not made', false],
  ] as const) {
    it(`while it creates a token, which is ${what}, leaves its name for post`, async () => {
      const world = new World();
      world.answer(
        'create',
        interrupted(world, (request) => (made ? world.makes(request) : broken)),
      );
      await runMain(world);
      nothingAfter(world, 'create');
      assert.match(world.failure, /\(cancelled\)$/);
      const [name] = JSON.parse(world.requests.at(-1)?.body ?? '').displayName.split('\n');
      assert.equal(world.lease?.tokens[0]?.name, name);
      assert.equal(world.lease?.tokens[0]?.id, made ? idOf(1) : undefined);
      assert.equal(world.alive.size, made ? 1 : 0);
      await runPost(world);
    });
  }

  it('as soon as the token is made keeps its id for post', async () => {
    const world = new World();
    await runMain(world.answer('create', lateInterrupted(world)));
    nothingAfter(world, 'create');
    assert.equal(world.lease?.tokens[0]?.id, idOf(1));
    assert.deepEqual(world.texts('warn'), []);
    await runPost(world);
  });

  it('while it looks for a token whose creation has an unknown outcome leaves its name for post', async () => {
    const world = new World();
    world.answer('create', (request) => {
      world.makes(request);
      return timedOut;
    });
    await runMain(world.answer('list', interrupted(world)));
    nothingAfter(world, 'list');
    assert.equal(world.lease?.tokens.length, 1);
    assert.equal(world.namesAskedFor.length, 1, 'a second token was asked for');
    await runPost(world);
  });

  it('while it revokes a token that it found leaves its name for post', async () => {
    const world = new World();
    world.answer('create', (request) => {
      world.makes(request);
      return timedOut;
    });
    await runMain(
      world.answer(
        'revoke',
        interrupted(world, () => broken),
      ),
    );
    nothingAfter(world, 'revoke');
    assert.equal(world.lease?.tokens.length, 1);
    await runPost(world);
  });

  it('while it tries the token leaves its id for post', async () => {
    const world = new World();
    await runMain(world.answer('probe', interrupted(world)));
    nothingAfter(world, 'probe');
    assert.match(world.failure, /\(cancelled\)$/);
    assert.equal(world.lease?.tokens[0]?.id, idOf(1));
    await runPost(world);
  });

  for (const [what, kind, outcome] of [
    ['to sign in again', 'sign-in', text(503, '')],
    ['to create again', 'create', text(429, '', { 'retry-after': '20' })],
    ['for a token to be known', 'probe', text(401, '')],
    ['to try again', 'probe', broken],
    ['as long as the service asked', 'sign-in', json(200, {}, { 'retry-after': '20' })],
  ] as [string, RequestKind, HttpOutcome][]) {
    it(`while it waits ${what} wakes up, and asks for nothing more`, async () => {
      const world = new World();
      world.answer(kind, (request) => {
        world.runtime.later(100, () => world.runtime.interrupt());
        if (outcome.kind !== 'answer' || outcome.status !== 200) return outcome;
        return { ...(world.works(request) as HttpOutcome & { kind: 'answer' }), headers: outcome.headers };
      });
      await runMain(world);
      nothingAfter(world, kind);
      assert.equal(world.runtime.clock, noon + 100);
      assert.match(world.failure, /\(cancelled\)$/);
      await runPost(world);
    });
  }

  it('while it revokes what an earlier attempt left keeps the lease as it was', async () => {
    const world = new World().leave();
    world.alive.set(earlierName, idOf(77));
    const before = world.lease;
    await runMain(
      world.answer(
        'revoke',
        interrupted(world, () => broken),
      ),
    );
    assert.deepEqual(world.requestKinds, ['sign-in', 'look-up', 'revoke']);
    assert.deepEqual(world.lease, before);
    assert.match(world.failure, /\(revoke-failed\)$/);
    assert.match(world.failure, /cancelled/);
    await runPost(world);
  });

  for (const kind of ['identity', 'sign-in', 'probe'] as const) {
    it(`while an application waits for ${kind} asks for nothing more`, async () => {
      for (const how of [interrupted, lateInterrupted]) {
        const world = new World().withApplication('azureDevOps');
        world.answer(kind, how(world));
        // The last answer is all that was missing: who has it may use it.
        if (kind === 'probe' && how === lateInterrupted) continue;
        await runMain(world);
        nothingAfter(world, kind);
        assert.match(world.failure, /\(cancelled\)$/);
        assert.equal(world.lease, undefined);
      }
    });
  }

  it('that an application waits with does not begin anew', async () => {
    const world = new World().withApplication('azureDevOps');
    world.answer('sign-in', () => {
      world.runtime.later(100, () => world.runtime.interrupt());
      return broken;
    });
    await runMain(world);
    assert.deepEqual(world.requestKinds, ['identity', 'sign-in']);
    assert.equal(world.runtime.clock, noon + 100);
  });

  it('may be heard more than once', async () => {
    const world = new World();
    world.answer('sign-in', (request) => {
      world.runtime.interrupt();
      return world.works(request);
    });
    await runStep(world, mint);
    world.runtime.interrupt();
    assert.equal(world.requestKinds.length, 1);
  });
});

describe('interrupt: post', () => {
  const said = 'This step was cancelled: it still revokes until the agent ends it.';

  for (const kind of ['sign-in', 'list', 'revoke'] as const) {
    it(`goes on revoking during ${kind}, and says so`, async () => {
      const world = new World().leave({ tokens: [{ name: earlierName }] });
      world.alive.set(earlierName, idOf(77));
      world.answer(kind, interrupted(world));
      await runStep(world, revoke);
      assert.deepEqual([...world.alive.keys()], []);
      assert.deepEqual(world.said, [said, `Revoked the token "${earlierName}".`]);
    });
  }

  it('goes on looking for a token that may still appear', async () => {
    const world = new World();
    world.leave({ tokens: [{ name: earlierName, asked: world.askedAgo(25_000) }] });
    world.answer('list', (request) => {
      world.runtime.later(1000, () => world.runtime.interrupt());
      return world.works(request);
    });
    await runStep(world, revoke);
    assert.deepEqual(world.requestKinds, ['sign-in', 'list', 'list', 'list']);
    assert.deepEqual(world.said, [said, `There is no token "${earlierName}" any more.`]);
  });

  it('still tries again after a fault', async () => {
    const world = new World().leave();
    world.alive.set(earlierName, idOf(77));
    world.answer(
      'revoke',
      interrupted(world, () => broken),
    );
    await runStep(world, revoke);
    assert.deepEqual([...world.alive.keys()], []);
    assert.deepEqual(world.texts('issues'), []);
  });
});
