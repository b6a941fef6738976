import assert from 'node:assert/strict';
import { assertFails } from '../../support/expect';
import { issuerConnection, runTask } from '../../support/job';

/** Of some connection, not of the one that the job uses: that one would be spoiled as well. */
const id = '2d3e8f5a-7c1e-4a9b-8e62-4a1f0f3f9a12';
const names = [
  'ENDPOINT_URL_SYSTEMVSSCONNECTION',
  `ENDPOINT_DATA_${id}`,
  'Endpoint.Auth.Anything',
  'input_issuer',
  'INPUT POOL',
  'SECRET_AGENT_PROXYPASSWORD',
  'SECUREFILE_TICKET_X',
  'VSTS_TASKVARIABLE_AGENTPOOLTOKENLEASE',
];

/** An earlier or later step that sets a variable, as any script can. */
function setting(name: string, value: string): object {
  return { bash: `echo '##vso[task.setvariable variable=${name};preservecase=true]${value}'` };
}

describe('a variable that is named like what the agent gives a step', () => {
  for (const variablesLast of [true, false]) {
    const agent = variablesLast ? 'that writes variables last' : 'that writes variables first';
    it(`stops main on an agent ${agent}, before anything is sent, and each is named`, async () => {
      const stepsBefore = names.map((name) => setting(name, 'http://127.0.0.1:9/evil'));
      const { main, requests } = await runTask({ stepsBefore, options: { variablesLast } });
      assertFails(main, 'connection-invalid', /Rename or remove each/, ...names);
      assert.deepEqual(requests, []);
    });
  }

  it('stops RevokeAgentPoolTokens@1 and WaitForAgents@1', async () => {
    const waiting = { pool: 'Default', count: '1', since: 'any', timeoutMinutes: '1', token: '$(USER_TOKEN)' };
    const { job, requests, mainRequests, postRequests } = await runTask({
      stepsAfter: [
        setting('ENDPOINT_URL_SYSTEMVSSCONNECTION', 'http://127.0.0.1:9/x'),
        { task: 'RevokeAgentPoolTokens@1', inputs: { issuer: issuerConnection } },
        { task: 'WaitForAgents@1', inputs: waiting, condition: 'always()' },
      ],
      options: { variablesLast: true },
    });
    for (const task of ['RevokeAgentPoolTokens', 'WaitForAgents']) {
      const { message = '' } = job.stages.find(({ name }) => name === task) ?? assert.fail(task);
      assert.match(message, /"ENDPOINT_URL_SYSTEMVSSCONNECTION".*\(connection-invalid\)$/);
    }
    assert.equal(requests.length, mainRequests.length + postRequests.length, 'nothing was sent by them');
  });

  it('does not keep post from revoking, which warns of it', async () => {
    const { post, activeAfterJob, activeAfterMain } = await runTask({
      stepsAfter: [
        setting('Input.Pool', 'other'),
        setting('VSTS_TASKVARIABLE_AGENTPOOLTOKENLEASE', '{}'),
        // By these two, post would not recognise what main wrote.
        setting('ENDPOINT_AUTH_SYSTEMVSSCONNECTION', '{"parameters":{"AccessToken":"of-another-job-01234567"}}'),
        setting('Build.BuildId', '99'),
      ],
      options: { variablesLast: true },
    });
    assert.equal(activeAfterMain.length, 1);
    assert.deepEqual(activeAfterJob, []);
    assert.match(post.issues[0]?.message ?? '', /"Input\.Pool".*This step revokes all the same/);
  });

  it('is no concern where it is secret: the agent gives it another name', async () => {
    const { job, main } = await runTask({ options: { secretVariables: { SECRET_KEY: 'something-else-entirely' } } });
    assert.equal(job.result, 'Succeeded');
    assert.deepEqual(main.issues, []);
  });
});
