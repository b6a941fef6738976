import assert from 'node:assert/strict';
import { mintStep, runTask } from '../support/job';

const pattern = /^agent-pool-token [br]\d+ j[0-9a-f]{8} a\d+k? [a-z2-7]{10} [A-Za-z0-9 ._-]{0,40}$/;

async function nameOf(options: Parameters<typeof runTask>[0]): Promise<string> {
  const { made, activeAfterJob } = await runTask(options);
  assert.equal(made.length, 1);
  assert.deepEqual(activeAfterJob, []);
  const name = made[0]?.displayName ?? '';
  assert.match(name, pattern);
  return name;
}

// What else a name says is tried in test/tables.
describe('the name of a token, in the packaged task', () => {
  it('names build, job, attempt and pipeline', async () => {
    assert.match(await nameOf({}), /^agent-pool-token b4711 j12f1170f a1 [a-z2-7]{10} agents$/);
  });

  it('names the release although its artifact has a build id too', async () => {
    const options = {
      hostType: 'release',
      variables: { 'Build.BuildId': '1', 'Build.DefinitionName': 'app' },
    } as const;
    assert.match(await nameOf({ options }), /^agent-pool-token r118 j12f1170f a1 [a-z2-7]{10} agents$/);
  });

  it('is another one for each step of a job', async () => {
    const { made, activeAfterMain, activeAfterJob, job } = await runTask({
      stepsAfter: [mintStep({ variable: 'SECOND' })],
    });
    assert.equal(job.result, 'Succeeded');
    assert.equal(activeAfterMain.length, 1);
    assert.equal(new Set(made.map(({ displayName }) => displayName)).size, 2);
    assert.equal(job.secretVariables.AGENT_POOL_TOKEN, made[0]?.token);
    assert.equal(job.secretVariables.SECOND, made[1]?.token);
    assert.deepEqual(activeAfterJob, []);
  });
});
