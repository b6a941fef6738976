import assert from 'node:assert/strict';
import { Interruption } from '../../setup/interruption';
import { Scene } from './issuer-command';
import type { Run } from './run';

/** Requests that change something in a run from nothing, in order; a run is killed at each of them. */
const points = [
  'graph.applications.create',
  'graph.principals.create',
  'graph.principals.update',
  'graph.assignments.add',
  'graph.grants.add',
  'graph.secrets.add',
  'pats.create',
  'pats.revoke',
  'graph.secrets.remove',
  'endpoints.create',
  'checks.add',
  'graph.federated.add',
];

describe('an interrupted issuer create', function () {
  this.timeout(240_000);
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.open();
  });
  afterEach(() => scene.close());

  const create = () => ['create', ...scene.arguments('create'), '--yes', '--pipeline', 'nightly'];

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`removes the temporary client secret on ${signal} while the user signs in`, async () => {
      const run = scene.start(create());
      run.signsIn = false;
      await run.until('/authorize?');
      assert.equal(scene.temporarySecrets(), 1);
      run.child.kill(signal);
      const { code, output } = await run.ended;
      assert.equal(code, 130, output);
      assert.equal(scene.temporarySecrets(), 0);
      assert.deepEqual(scene.emulator.state.collection.endpoints.all, []);
    });
  }

  it('removes the temporary client secret where its creation was under way', async () => {
    let run: Run | undefined;
    scene.at('graph.secrets.add', 'arrived', async () => {
      run?.child.kill('SIGINT');
      await new Promise((resolve) => setTimeout(resolve, 300));
    });
    run = scene.start(create());
    const { code, output } = await run.ended;
    assert.equal(code, 130, output);
    assert.equal(scene.temporarySecrets(), 0);
  });

  it('leaves no connection that was not seen to be finished, and takes none for finished that is not', async () => {
    const { endpoints } = scene.emulator.state.collection;
    const interruptedAtConnection = async (words: string[]) => {
      const interruption = new Interruption();
      scene.at('endpoints.create', 'effected', () => interruption.interrupt());
      const { code, output } = await scene.runInProcess(words, interruption);
      assert.equal(code, 130, output);
      assert.equal(scene.temporarySecrets(), 0);
    };
    await interruptedAtConnection(create());
    assert.equal(endpoints.all.length, 0);
    scene.at(undefined);
    const made = await scene.runInProcess(create());
    assert.equal(made.code, 0, made.output);

    const live = ['--live', '--user', scene.user.upn, '--port', String(scene.port), '--yes'];
    await interruptedAtConnection(['check', ...scene.arguments('check'), ...live]);
    assert.deepEqual(
      endpoints.all.map(({ name }) => name),
      ['agent-pool-issuer'],
      'the connection of the trial is gone',
    );
    delete endpoints.all[0]?.parameters.workloadIdentityFederationIssuer;
    const before = scene.changes().length;
    const again = await scene.runInProcess(create());
    assert.equal(again.code, 1, again.output);
    assert.match(again.output, /states no issuer and subject.*\n +Delete it on its page, then run this command again/);
    assert.equal(scene.changes().length, before);
  });

  it('takes nothing for a failure that it no longer waits for', async () => {
    const interruption = new Interruption();
    const answer = { status: 200, body: '{"count":0,"value":[]}' };
    scene.at('pats.revoke', 'effected', () => {
      scene.emulator.plan({ operation: 'pools.list', times: 10, answer });
      interruption.interrupt();
    });
    const { code, output } = await scene.runInProcess(create(), interruption);
    assert.equal(code, 130, output);
    assert.doesNotMatch(output, /still takes a token/);
    assert.match(output, /The command was interrupted/);
    assert.deepEqual(scene.emulator.activeTokens(), []);
  });

  it('leaves nothing that can mint when it is killed at any step, and goes on in the next run', async () => {
    let run: Run | undefined;
    for (const point of points) {
      scene.at(point, 'effected', () => {
        run?.child.kill('SIGKILL');
      });
      run = scene.start(create());
      await run.ended;
      assert.equal(run.child.signalCode, 'SIGKILL', `${point} was not reached:\n${run.output}`);
      const [endpoint] = scene.emulator.state.collection.endpoints.all;
      const open = endpoint && scene.permittedPipelines(endpoint.id).length > 0;
      assert.ok(!open, `a pipeline may use the connection after a kill at ${point}`);
    }
    scene.at(undefined);
    const { code, output } = await scene.runInProcess(create());
    assert.equal(code, 0, output);
    assert.equal(scene.temporarySecrets(), 0);
    assert.equal(scene.emulator.state.collection.endpoints.all.length, 1);
    const alive = scene.emulator.activeTokens();
    assert.ok(alive.every(({ validTo }) => validTo < Date.now() + 5 * 60_000 + 5_000));
    assert.ok(alive.length <= 1, `${alive.length} tokens`);
  });
});
