import assert from 'node:assert/strict';
import { runTask } from '../support/job';

// That of a build is in mint.test.ts, and what else a name says is tried in test/tables.
describe('the name of a token, in the packaged task', () => {
  it('names the release although its artifact has a build id too', async () => {
    const options = {
      hostType: 'release',
      variables: { 'Build.BuildId': '1', 'Build.DefinitionName': 'app' },
    } as const;
    const { made, activeAfterJob } = await runTask({ options });
    assert.equal(made.length, 1);
    assert.deepEqual(activeAfterJob, []);
    const { displayName = '' } = made[0] ?? {};
    assert.match(displayName, /^agent-pool-token r118 j12f1170f a1 [a-z2-7]{10} agents$/);
  });
});
