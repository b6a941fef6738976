import assert from 'node:assert/strict';
import { mint } from '../../../src/agent-pool-token/main';
import { runStep } from '../../../src/step/run-step';
import { eventsOf, kindOf, patError, text, World } from '../../support/world';

const minute = 60_000;
const hour = 60 * minute;
const lifetime = 60 * minute;

/** By how many milliseconds a clock is ahead of that of the token service. */
interface Offsets {
  agent?: number;
  signIn?: number;
  /** A policy: no token lives longer than so many milliseconds. */
  max?: number;
}

/** A job whose clocks differ from that of the token service, which is the clock of the runtime. */
function job({ agent = 0, signIn = 0, max }: Offsets, withToken: boolean): World {
  const world = withToken ? new World().withAccessToken() : new World();
  world.runtime.now = () => world.runtime.clock + agent;
  if (max !== undefined) world.services.state.policies.maximumLifespanMinutes = max / minute;
  const { reply } = world.runtime;
  world.runtime.reply = async (request, index) => {
    const outcome = await reply(request, index);
    if (outcome.kind !== 'answer' || kindOf(request) !== 'sign-in') return outcome;
    const date = new Date(world.runtime.clock + signIn).toUTCString();
    return { ...outcome, headers: { ...outcome.headers, date } };
  };
  return world;
}

/** Mints, and returns for how many milliseconds the published token lives by the clock of the service. */
async function lifeOf(world: World): Promise<number> {
  await runStep(world, mint);
  assert.deepEqual(world.texts('fail'), []);
  assert.equal(world.alive.size, 1, 'no other token is left alive');
  assert.equal(world.lease?.tokens.length, 1);
  const [minted] = eventsOf(world.events, 'variable').map(({ name, value }) => `${name}=${value}`);
  assert.equal(minted, `AGENT_POOL_TOKEN_MINTED_ON=${new Date(world.runtime.clock).toISOString()}`);
  return Date.parse(world.outputs.expiresOn ?? '') - world.runtime.clock;
}

describe('clocks: a token lives as long as was asked, by the clock of the service that keeps it', () => {
  for (const [what, offsets] of [
    ['all clocks agree', {}],
    ['that of Entra is 23 h ahead', { signIn: 23 * hour }],
    ['that of Entra is 23 h behind', { signIn: -23 * hour }],
    ['that of Entra is years ahead', { signIn: 90_000 * hour }],
    ['that of the agent is 2 h ahead', { agent: 2 * hour }],
    ['that of the agent is 26 h ahead', { agent: 26 * hour }],
    ['that of the agent is 48 h ahead', { agent: 48 * hour }],
    ['that of the agent is 30 min behind', { agent: -30 * minute }],
    ['that of the agent is 26 h behind', { agent: -26 * hour }],
    ['both are ahead', { agent: 5 * hour, signIn: 7 * hour }],
    ['they differ in both directions', { agent: 26 * hour, signIn: -3 * hour }],
  ] as [string, Offsets][]) {
    for (const withToken of [false, true]) {
      it(`where ${what}, ${withToken ? 'with an access token' : 'with a connection'}`, async () => {
        const life = await lifeOf(job(offsets, withToken));
        assert.ok(Math.abs(life - lifetime) <= 2 * minute, `${life / minute} minutes`);
      });
    }
  }

  for (const offsets of [{ signIn: 23 * hour }, { signIn: 90_000 * hour }, { agent: 2 * hour }, { agent: 20 * hour }]) {
    it(`with one request where another clock is right, because the earlier one counts: ${JSON.stringify(offsets)}`, async () => {
      const world = job(offsets, false);
      await lifeOf(world);
      assert.equal(world.namesAskedFor.length, 1);
    });
  }

  it('within two minutes without another request', async () => {
    const offsets = { agent: 90_000, signIn: -20_000 };
    const world = job(offsets, false);
    await lifeOf(world);
    assert.equal(world.namesAskedFor.length, 1);
  });

  it('and no longer than a policy allows, which is no matter of clocks', async () => {
    const offsets = { max: 30 * minute };
    const world = job(offsets, false);
    assert.ok(Math.abs((await lifeOf(world)) - 30 * minute) < 1000);
    assert.equal(world.namesAskedFor.length, 1);
    assert.equal(world.texts('warn').length, 1);
  });
});

describe('clocks: a token that is too long, and whose first request had no clear end', () => {
  it('is revoked under its second name, and minted anew under a third', async () => {
    const world = job({ agent: 5 * hour, signIn: 7 * hour }, false).answer('create', text(503, ''));
    await runStep(world, mint);
    assert.deepEqual(world.texts('fail'), []);
    assert.equal(world.namesAskedFor.length, 3);
    assert.equal(world.alive.size, 1, 'the token that is too long is not left alive');
    const [first, , third] = world.namesAskedFor;
    assert.deepEqual(
      world.lease?.tokens.map(({ name }) => name),
      [first, third],
    );
  });
});

describe('clocks: a token that is too long twice', () => {
  it('is more than was asked, and is revoked', async () => {
    const world = job({ agent: 26 * hour }, false);
    const { reply } = world.runtime;
    // The Date of each answer is that of another day.
    let day = 0;
    world.runtime.reply = async (request, index) => {
      const outcome = await reply(request, index);
      if (kindOf(request) !== 'create' || outcome.kind !== 'answer') return outcome;
      day++;
      const date = new Date(world.runtime.clock - day * 24 * hour).toUTCString();
      return { ...outcome, headers: { ...outcome.headers, date } };
    };
    await runStep(world, mint);
    assert.match(world.failure, /\(granted-more-than-asked\)$/);
    assert.equal(world.alive.size, 0);
    assert.deepEqual(eventsOf(world.events, 'publish'), []);
    assert.equal(world.namesAskedFor.length, 2);
  });

  it('is not minted anew where the first could not be revoked: that stays in the lease', async () => {
    const world = job({ agent: 26 * hour }, false);
    world.answer('revoke', patError('accessDenied'), patError('accessDenied'));
    await runStep(world, mint);
    assert.match(world.failure, /\(revoke-failed\)$/);
    assert.equal(world.namesAskedFor.length, 1);
    assert.equal(world.lease?.tokens.length, 1);
  });
});

describe('clocks: an expiry that the service refuses twice', () => {
  it('is refused, and leaves nothing for post', async () => {
    const world = new World().answer('create', patError('invalidValidTo'), patError('invalidValidTo'));
    await runStep(world, mint);
    assert.match(world.failure, /does not accept the expiry.*\(pat-refused\)$/);
    assert.equal(world.lease, undefined);
  });
});
