import assert from 'node:assert/strict';
import { mint } from '../../src/agent-pool-token/main';
import { revoke } from '../../src/agent-pool-token/post';
import type { HttpOutcome, HttpRequest } from '../../src/http/runtime';
import { runStep } from '../../src/step/run-step';
import { text, timedOut, World } from '../support/world';

/** Seconds that the service takes for the token. It has to be found where the request may still live, which is 30 s. */
const effects = [0, 0.5, 1, 2, 3, 3.5, 4, 4.9, 5.1, 6, 8, 10, 15, 20, 25, 29];

/** How the first request for a token ends where the service makes it so much later; the token is made either way. */
type Ending = (world: World, effect: () => HttpOutcome, seconds: number) => Promise<HttpOutcome>;

/** The service makes the token after so many seconds and then answers. */
async function answer({ runtime }: World, effect: () => HttpOutcome, seconds: number): Promise<HttpOutcome> {
  await runtime.time.sleep(seconds * 1000);
  return effect();
}

/** Something on the way answers after so many seconds; the service makes the token all the same. */
const gateway =
  (after: number, outcome: HttpOutcome): Ending =>
  async ({ runtime }, effect, seconds) => {
    runtime.later(seconds * 1000, effect);
    await runtime.time.sleep(after * 1000);
    return outcome;
  };

/** The agent asks main to stop after so many seconds. */
const interrupted =
  (after: number): Ending =>
  (world, effect, seconds) => {
    world.runtime.later(after * 1000, () => world.runtime.interrupt());
    return answer(world, effect, seconds);
  };

const endings: Record<string, Ending> = {
  'answered 503 at once by a gateway': gateway(0, text(503, '')),
  'answered 504 by a gateway after 3 s': gateway(3, text(504, '')),
  'given an answer at once that is none': gateway(0, text(200, '{"patToken":nul')),
  'cut at once': gateway(0, { kind: 'broken', reason: 'ECONNRESET' }),
  'never answered': gateway(30, timedOut),
  'interrupted at once': interrupted(0),
  'interrupted after 1 s': interrupted(1),
  'interrupted after 3 s': interrupted(3),
};

/** A job whose first request for a token ends so. */
function jobWhere(ending: Ending, seconds: number): World {
  const world = new World();
  return world.answer('create', (request: HttpRequest) => ending(world, () => world.works(request), seconds));
}

async function assertNothingLeft(world: World): Promise<void> {
  await runStep(world, revoke);
  world.assertDiscreet();
  // What takes effect after post would be seen now.
  await world.runtime.time.sleep(60_000);
  assert.ok(world.services.state.pats.length > 0, 'the request took effect');
  assert.deepEqual(world.alive.keys(), [], world.said.join('\n'));
  assert.deepEqual(world.texts('issues'), []);
}

describe('a token that is made late, and its request', () => {
  for (const [what, ending] of Object.entries(endings)) {
    for (const seconds of effects) {
      it(`${what}: after ${seconds} s it is found and revoked`, async () => {
        const world = jobWhere(ending, seconds);
        await runStep(world, mint);
        await assertNothingLeft(world);
      });
    }
  }

  for (const later of [0, 2, 12]) {
    for (const seconds of effects) {
      it(`lost with main, which was killed ${later} s before post: after ${seconds} s it is found and revoked`, async () => {
        const world = new World();
        await new Promise<void>((killed) => {
          world.answer('create', (request) => {
            world.runtime.later(seconds * 1000, () => world.works(request));
            killed();
            // Main does nothing after that.
            return new Promise(() => undefined);
          });
          void runStep(world, mint);
        });
        assert.equal(world.lease?.tokens.length, 1);
        await world.runtime.time.sleep(later * 1000);
        await assertNothingLeft(world);
      });
    }
  }
});
