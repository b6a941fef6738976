import assert from 'node:assert/strict';
import { accessTokenInputs, type Plan, runTask } from '../support/job-in-process';

const pattern = /^agent-pool-token [br]\d+ j[0-9a-f]{8} a\d+k? [a-z2-7]{10} [A-Za-z0-9 ._-]{0,40}$/;

async function nameOf(plan: Plan): Promise<string> {
  const { made, activeAfterJob } = await runTask(plan);
  assert.equal(made.length, 1);
  assert.deepEqual(activeAfterJob, []);
  const name = made[0]?.displayName ?? '';
  assert.match(name, pattern);
  return name;
}

describe('the name of a token', () => {
  it('names build, job, attempt and pipeline', async () => {
    assert.match(await nameOf({}), /^agent-pool-token b4711 j12f1170f a1 [a-z2-7]{10} Nightly$/);
  });

  it('names the release where there is one', async () => {
    const options = {
      variables: { 'System.HostType': 'release', 'Release.ReleaseId': '92', 'Release.DefinitionName': 'Nightly' },
    };
    assert.match(await nameOf({ options }), /^agent-pool-token r92 j12f1170f a1 [a-z2-7]{10} Nightly$/);
  });

  it('names the attempt', async () => {
    assert.match(await nameOf({ options: { variables: { 'System.JobAttempt': '3' } } }), / a3 /);
  });

  it('names the attempt of a token that is to be kept', async () => {
    const { made } = await runTask({
      inputs: accessTokenInputs({ revokeAfterJob: 'false' }),
      options: { variables: { 'System.JobAttempt': '12' } },
    });
    assert.match(made[0]?.displayName ?? '', / a12k /);
  });

  it('writes the name of the pipeline safely, cut before it is cleaned', async () => {
    const names = {
      'Übung (main)/42': '-bung -main--42',
      'Nightly agents & friends of the whole wide world': 'Nightly agents - friends of the whole wi',
      'ends in spaces after forty characters of    x': 'ends in spaces after forty characters of',
    };
    for (const [definition, written] of Object.entries(names)) {
      const name = await nameOf({ options: { variables: { 'Build.DefinitionName': definition } } });
      assert.equal(name.split(' ').slice(5).join(' '), written);
    }
  });
});
