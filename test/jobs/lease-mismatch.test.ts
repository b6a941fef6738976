import assert from 'node:assert/strict';
import { startEmulator } from '../../dev/emulator';
import { assertWarns } from '../support/expect';
import { accessTokenInputs, issuerConnection, runTask, userToken } from '../support/job';

function set(variable: string, value: string): object {
  return { bash: `echo "##vso[task.setvariable variable=${variable}]${value}"` };
}

function setSecret(variable: string, from: string): object {
  return {
    bash: `echo "##vso[task.setvariable variable=${variable};issecret=true]$FROM"`,
    env: { FROM: `$(${from})` },
  };
}

describe('a post-job that finds another issuer than the one that minted', () => {
  it('does not believe another user that the token is gone', async () => {
    const { job, post, postRequests, made, activeAfterJob } = await runTask({
      afterMain: ({ state }) => {
        for (const refreshToken of state.refreshTokens) refreshToken.user = state.user('colleague');
      },
    });
    assertWarns(
      post,
      'lease-mismatch',
      made[0]?.displayName ?? '',
      made[0]?.authorizationId ?? '',
      job.outputs.mint?.expiresOn ?? '-',
    );
    assert.deepEqual(postRequests, ['entra.token']);
    assert.equal(activeAfterJob.length, 1);
  });

  it('sends nothing where another user’s access token was put in its place', async () => {
    const { post, postRequests } = await runTask((emulator) => ({
      inputs: accessTokenInputs(),
      stepsAfter: [setSecret(userToken, 'OTHER_TOKEN')],
      options: { secretVariables: { OTHER_TOKEN: emulator.userAccessToken({ user: 'colleague' }) } },
    }));
    assertWarns(post, 'lease-mismatch');
    assert.deepEqual(postRequests, []);
  });

  it('sends nothing to another organization, neither to the old one nor to the new', async () => {
    const other = await startEmulator({ organization: 'contoso' });
    try {
      const { post, postRequests, made } = await runTask(({ organizationUrl }) => ({
        inputs: accessTokenInputs({ organizationUrl: '$(organization)' }),
        stepsAfter: [set('organization', other.organizationUrl)],
        options: { variables: { organization: organizationUrl } },
      }));
      assertWarns(post, 'lease-mismatch', made[0]?.displayName ?? '', made[0]?.authorizationId ?? '');
      assert.deepEqual(postRequests, []);
      assert.equal(other.requests.length, 0);
    } finally {
      await other.close();
    }
  });

  it('sends nothing where the step names another kind of connection', async () => {
    const { post, postRequests } = await runTask({
      inputs: { connectionType: '$(kind)', issuer: issuerConnection, accessToken: '$(late)' },
      stepsAfter: [set('kind', 'accessToken'), setSecret('late', userToken)],
      options: { variables: { kind: 'issuer', late: '' } },
    });
    assertWarns(post, 'lease-mismatch');
    assert.deepEqual(postRequests, []);
  });

  it('revokes what belongs to the same organization, however its URL is written', async () => {
    const { post, activeAfterJob, made } = await runTask(({ organizationUrl }) => ({
      inputs: accessTokenInputs({ organizationUrl: '$(organization)' }),
      stepsAfter: [set('organization', `${organizationUrl}/`)],
      options: { variables: { organization: organizationUrl } },
    }));
    assert.equal(made.length, 1);
    assert.equal(post.result, 'Succeeded');
    assert.deepEqual(activeAfterJob, []);
  });
});
