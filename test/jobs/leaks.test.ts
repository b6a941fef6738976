import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { asReason, echo, inEntraWords, inEnvelope, padded } from '../support/echoing-services';
import { assertFails, assertRefused, assertWarns } from '../support/expect';
import { fastTime } from '../support/fast-time';
import { accessTokenInputs, runTask } from '../support/job';
import { type Evidence, findLeaks, formsOf } from '../support/leaks';

const secret = randomBytes(60).toString('base64url');
const secrets = { 'the secret': secret };

function evidence(differing: Partial<Evidence>): Evidence {
  return { readable: {}, rawLines: [], ...differing };
}

describe('the search for leaked secrets', () => {
  it('finds a secret in each of its forms, wherever people can read it', () => {
    for (const form of formsOf(secret)) {
      const leaks = findLeaks(secrets, evidence({ readable: { 'the log': `before ${form} after` } }));
      assert.deepEqual(leaks, ['the secret is in the log']);
    }
  });

  it('knows the forms in which clients send tokens', () => {
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    for (const user of ['', ':', 'VstsAgent:', 'PAT:', 'user:']) {
      assert.ok(formsOf(secret).includes(base64(user + secret)));
      assert.ok(formsOf(secret).includes(base64(user + secret).replace(/=+$/, '')));
    }
    assert.ok(formsOf('a/b"c').includes('a%2Fb%22c'));
    assert.ok(formsOf('a/b"c').includes('a/b\\"c'));
  });

  it('finds half a secret', () => {
    const half = secret.slice(0, 40);
    assert.deepEqual(findLeaks(secrets, evidence({ readable: { 'a file': half } })), ['the secret is in a file']);
  });

  it('finds a secret in a line of output, but not where it is registered and published', () => {
    const registration = `##vso[task.setsecret]${secret}`;
    const publication = `##vso[task.setvariable variable=TOKEN;isOutput=false;issecret=true;]${secret}`;
    assert.deepEqual(findLeaks(secrets, evidence({ rawLines: [registration, publication] })), []);
    for (const line of [
      secret,
      `##vso[task.debug]token=${secret}`,
      `##vso[task.setvariable variable=TOKEN;isOutput=false;issecret=false;]${secret}`,
      `##vso[task.setvariable variable=TOKEN;isOutput=true;issecret=true;]${secret}`,
      `##vso[task.settaskvariable variable=TOKEN;issecret=true;]${secret}`,
      `##vso[task.setvariable variable=TOKEN;isOutput=false;issecret=true;]${secret}`,
    ]) {
      assert.equal(findLeaks(secrets, evidence({ rawLines: [line] })).length, 1, line.replace(secret, '…'));
    }
    assert.equal(findLeaks(secrets, evidence({ rawLines: [publication, registration] })).length, 1);
  });

  it('repeats no secret in what it reports', () => {
    const readable = { 'the log': secret };
    assert.equal(
      findLeaks(secrets, evidence({ readable, rawLines: [secret] }))
        .join()
        .includes(secret),
      false,
    );
  });

  it('fails the scenario of a job that leaks', async () => {
    const leak = {
      bash: 'printf "%.40s\\n" "$TOKEN"',
      env: { TOKEN: '$(AGENT_POOL_TOKEN)' },
    };
    await assert.rejects(runTask({ stepsAfter: [leak] }), /token 1 is in the log/);
  });

  it('lets a job print what the task has registered: the agent masks it', async () => {
    const users = ['', ':', 'VstsAgent:', 'PAT:'];
    const lines = users.map((user) => `echo "Basic $(printf %s '${user}'"$TOKEN" | base64 | tr -d '\\n')"`);
    const print = { bash: lines.join('\n'), env: { TOKEN: '$(AGENT_POOL_TOKEN)' } };
    const { job } = await runTask({ stepsAfter: [print] });
    const printed = job.log.filter((line) => line.startsWith('Basic '));
    assert.equal(printed.length, users.length);
    for (const line of printed) assert.match(line, /^Basic \S{0,16}\*\*\*={0,2}$/);
  });
});

describe('no secret leaks', () => {
  /** Each kind of text that repeats a secret; which secret, where in it and in which field is a table, in process. */
  it('when Entra repeats the refresh token in its refusal', async () => {
    const outcome = await runTask(({ state }) => ({
      faults: [echo('entra.token', 400, inEntraWords, padded(state.refreshTokens[0]?.value ?? '', 250))],
    }));
    assertRefused(outcome, 'sign-in-rejected', 'AADSTS999998');
  });

  it('when the token API repeats the access token, in its text and in a header', async () => {
    const outcome = await runTask((emulator) => {
      const token = emulator.userAccessToken();
      const headers = { 'X-TFS-ServiceError': encodeURIComponent(`No: ${token}`) };
      const body = JSON.stringify(inEnvelope(padded(token, 250)));
      return {
        inputs: accessTokenInputs({ accessToken: '$(TOKEN)' }),
        faults: [{ operation: 'pats.create', answer: { status: 403, headers, body } }],
        options: { secretVariables: { TOKEN: token } },
      };
    });
    assertFails(outcome.main, 'pat-refused');
  });

  it('when the token API repeats the new token in a refusal to make it', async () => {
    const { main } = await runTask(({ state }) => ({
      inputs: accessTokenInputs(),
      faults: [
        {
          operation: 'pats.create',
          answer: { mutate: () => asReason(padded(state.pats[0]?.token ?? '', 250)) },
        },
      ],
      options: { processEnvironment: fastTime() },
    }));
    assert.equal(main.result, 'Failed');
  });

  it('when Entra sends a new refresh token unasked', async () => {
    const rotated = `1.${randomBytes(300).toString('base64url')}`;
    const { job } = await runTask({
      faults: [
        {
          operation: 'entra.token',
          times: 2,
          answer: { mutate: (json: object) => ({ ...json, refresh_token: rotated }) },
        },
      ],
      secrets: { 'the new refresh token': rotated },
    });
    assert.equal(job.result, 'Succeeded');
    assert.ok(job.rawLines.some((line) => line === `##vso[task.setsecret]${rotated}`));
  });

  it('when the post-job cannot revoke because of a service that repeats its credential', async () => {
    const { post } = await runTask((emulator) => {
      const token = emulator.userAccessToken();
      return {
        inputs: accessTokenInputs({ accessToken: '$(TOKEN)' }),
        faults: [echo('pats.revoke', 403, inEnvelope, padded(token, 200))],
        options: { secretVariables: { TOKEN: token } },
      };
    });
    assertWarns(post, 'revoke-failed');
  });

  for (const [name, awkward] of [
    ['characters that are escaped on their way', 'pQ3ss;w]rd~with+every/awkward=character&in"it\\and<more>'],
    ['a percent sign, which the agent escapes when it repeats a command', 'pQ3ss%41wRd-7Zk2-with%25percent-9Xv4'],
  ] as const) {
    it(`from secrets with ${name}`, async () => {
      const { main } = await runTask({
        connection: { secrets: { clientSecret: awkward } },
        secrets: { 'the awkward secret': awkward },
      });
      assert.equal(main.result, 'Failed');
    });
  }
});
