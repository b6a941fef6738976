import assert from 'node:assert/strict';
import { TaskError } from '../../../src/errors';
import { runStep, type Story } from '../../../src/step/run-step';
import { eventsOf, World } from '../../support/world';

const never = () => new Promise<void>(() => undefined);

async function run(story: Story, world = new World()): Promise<World> {
  await runStep(world, story);
  return world;
}

describe('run-step: how a step ends', () => {
  it('is well where its story ends', async () => {
    const world = await run(async ({ goOnline }) => void goOnline({ budget: 1000 }));
    assert.deepEqual(world.order, ['open', 'close']);
  });

  it('is failed where its story throws, with the network closed', async () => {
    const world = await run(async ({ goOnline }) => {
      goOnline({ budget: 1000 });
      throw new TaskError('network', 'Nothing works.');
    });
    assert.match(world.failure, /^Nothing works\. .*\(network\)$/);
    assert.equal(world.order.at(-1), 'close');
  });

  for (const [what, story] of [
    ['never goes online', never],
    [
      'is online',
      ({ goOnline }) => {
        goOnline({ budget: 1000 });
        return never();
      },
    ],
  ] as [string, Story][]) {
    it(`is failed where the process waits for nothing any more, although its story ${what}`, () => {
      const world = new World();
      void runStep(world, story);
      world.pipeline.drain();
      assert.match(world.failure, /^This step ended before its work was done.*\(network\)$/);
    });
  }

  it('is not said twice: nothing listens to the end of the process once the story has ended', async () => {
    for (const story of [async () => undefined, () => Promise.reject(new TaskError('network', 'Nothing works.'))]) {
      const world = await run(story);
      const before = world.texts('fail').length;
      world.pipeline.drain();
      assert.equal(world.texts('fail').length, before);
    }
  });
});

describe('run-step: a network that an earlier stage left', () => {
  const before = { skipCertificateValidation: false };

  it('is gone without what cannot be opened, which is warned of', async () => {
    const world = new World();
    const certificates = { caFile: '/nowhere/ca.pem' };
    world.pipeline.agentNetwork = { certificates, skipCertificateValidation: false };
    const { open } = world;
    world.open = (network) => {
      if (network.certificates) throw new TaskError('network', 'The file /nowhere/ca.pem cannot be read.');
      return open(network);
    };
    await run(async ({ goOnline }) => void goOnline({ budget: 1000, before }), world);
    assert.deepEqual(world.texts('fail'), []);
    assert.match(world.texts('warn')[0] ?? '', /ca\.pem cannot be read\. This step goes on without it\. \(network\)$/);
    const [opened] = eventsOf(world.events, 'open');
    assert.deepEqual(opened?.network, { skipCertificateValidation: false });
  });

  it('fails the step where opening it shows a fault of this task', async () => {
    const world = new World();
    world.open = () => {
      throw new TypeError('a fault');
    };
    await run(async ({ goOnline }) => void goOnline({ budget: 1000, before }), world);
    assert.match(world.failure, /bug, which stopped it \(TypeError\)/);
  });

  it('fails the step that has no earlier stage, where it cannot be opened', async () => {
    const world = new World();
    world.open = () => {
      throw new TaskError('network', 'The file /nowhere/ca.pem cannot be read.');
    };
    await run(async ({ goOnline }) => void goOnline({ budget: 1000 }), world);
    assert.match(world.failure, /ca\.pem cannot be read\..*\(network\)$/);
  });
});
