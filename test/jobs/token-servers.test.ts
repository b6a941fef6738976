import assert from 'node:assert/strict';
import type { Emulator } from '../../dev/emulator';
import { type Outcome, runTask } from '../support/job';
import { startMockServer, startProvider, type TokenServer } from '../support/token-servers';

type Signed = Outcome & Pick<TokenServer, 'given' | 'refused'>;

/** Runs a job whose issuer signs in at another server. */
async function runAt(start: (emulator: Emulator) => Promise<TokenServer>): Promise<Signed> {
  let server: TokenServer | undefined;
  try {
    const outcome = await runTask(async (emulator) => {
      server = await start(emulator);
      const { connection } = server;
      return { connection, secrets: connection.secrets };
    });
    return { ...outcome, given: server?.given ?? 0, refused: server?.refused ?? 0 };
  } finally {
    await server?.close();
  }
}

describe('a token server from the registry', () => {
  it('oauth2-mock-server: signs in main and post', async () => {
    const { job, made, activeAfterJob, given } = await runAt((emulator) => startMockServer(emulator));
    assert.equal(job.result, 'Succeeded', job.log.join('\n'));
    assert.deepEqual([made.length, activeAfterJob.length, given], [1, 0, 2]);
  });

  it('oauth2-mock-server: an answer that expires at once, or is no Bearer token, is refused by name', async () => {
    const { main, made } = await runAt((emulator) =>
      startMockServer(emulator, ({ body }) => {
        body.token_type = 'mac';
      }),
    );
    assert.equal(main.result, 'Failed');
    assert.match(main.message ?? '', /\(response-malformed\)$/);
    assert.deepEqual(made, []);
  });

  it('oauth2-mock-server: a refusal without a code of Entra gets a sentence of its own', async () => {
    const { main, made, refused } = await runAt((emulator) =>
      startMockServer(emulator, (response) => {
        response.statusCode = 400;
        response.body = { error: 'invalid_grant' };
      }),
    );
    assert.equal(main.result, 'Failed');
    assert.match(main.message ?? '', /invalid_grant/);
    assert.deepEqual([made.length, refused], [0, 1]);
  });

  it('oidc-provider: signs in main and post with one refresh token', async () => {
    const { job, made, activeAfterJob, given } = await runAt((emulator) => startProvider(emulator, { rotates: false }));
    assert.equal(job.result, 'Succeeded', job.log.join('\n'));
    assert.deepEqual([made.length, activeAfterJob.length, given], [1, 0, 2]);
  });

  it('oidc-provider: where refresh tokens rotate, post names the token that it could not revoke', async () => {
    const { main, post, made, activeAfterJob, given, refused } = await runAt((emulator) =>
      startProvider(emulator, { rotates: true }),
    );
    assert.equal(main.result, 'Succeeded', main.message);
    assert.equal(post.result, 'SucceededWithIssues');
    assert.match(post.message ?? '', /\(revoke-failed\)$/);
    assert.deepEqual([made.length, given, refused], [1, 1, 1]);
    assert.deepEqual(activeAfterJob, made);
    assert.ok(post.message?.includes(made[0]?.authorizationId ?? '?'));
  });
});
