import assert from 'node:assert/strict';
import { parseOrganization } from '../../../src/azure-devops/organization';
import { Pools } from '../../../src/azure-devops/pools';
import type { PoolToken } from '../../../src/azure-devops/token-client';
import { TaskError } from '../../../src/errors';
import type { HttpOutcome } from '../../../src/http/runtime';
import { Secret } from '../../../src/secret';
import { adasToken, envelope, FakeRuntime, json, noon, patOf, signInPage, text } from '../../support/world';

const organization = parseOrganization('https://dev.azure.com/fabrikam', 'input-invalid');
const pat: PoolToken = { token: new Secret(patOf(1)), kind: 'pat' };
const entra: PoolToken = { token: new Secret(adasToken), kind: 'entra' };

async function ask(token: PoolToken, ...outcomes: HttpOutcome[]) {
  const runtime = new FakeRuntime();
  runtime.reply = (_, index) => outcomes[Math.min(index, outcomes.length - 1)] as HttpOutcome;
  const pools = new Pools(runtime.conversation(), organization, token);
  const answer = await pools.agents({ id: 7 }).catch((error: unknown) => error);
  return { runtime, answer, error: answer instanceof TaskError ? answer : undefined };
}

describe('pools', () => {
  for (const token of [pat, entra]) {
    it(`sends the token as a password without a user name: ${token.kind}`, async () => {
      const { runtime, answer } = await ask(token, json(200, { value: [1, null] }));
      assert.deepEqual(answer, [1, null]);
      const [request] = runtime.requests;
      assert.equal(request?.method, 'GET');
      assert.equal(
        request?.url,
        'https://dev.azure.com/fabrikam/_apis/distributedtask/pools/7/agents?includeCapabilities=false&api-version=7.1',
      );
      const password = Buffer.from(`:${token.token.reveal()}`).toString('base64');
      assert.equal(request?.headers.Authorization, `Basic ${password}`);
    });
  }

  it('gives a PAT ten seconds to become known everywhere', async () => {
    const { answer, runtime } = await ask(pat, text(401, ''), signInPage, json(200, { value: [] }));
    assert.deepEqual(answer, []);
    assert.deepEqual(runtime.sleeps, [250, 500]);
    const refused = await ask(pat, text(401, ''));
    assert.equal(refused.error?.code, 'token-not-accepted');
    assert.equal(refused.runtime.clock, noon + 10_000);
  });

  it('gives an Entra token no second chance, and says who has to be added', async () => {
    const { error, runtime } = await ask(entra, signInPage);
    assert.equal(error?.code, 'not-signed-in');
    assert.match(error?.remedy ?? '', /service principal/);
    assert.deepEqual(runtime.sleeps, []);
  });

  it('takes a refusal for what it is, and quotes the service', async () => {
    const { error } = await ask(pat, envelope(403, `No\r\n##vso[task.complete]for you.`));
    assert.equal(error?.code, 'pool-not-viewable');
    assert.match(
      error?.what ?? '',
      /^Reading the agents of the pool was refused: Azure DevOps answered 403 \(No for you\.\)\.$/,
    );
  });

  for (const odd of [json(200, {}), json(200, { value: {} }), json(200, []), json(201, { value: [] }), text(204, '')]) {
    it(`is not content with ${JSON.stringify(odd).slice(0, 60)}`, async () => {
      assert.equal((await ask(pat, odd)).error?.code, 'response-malformed');
    });
  }
});
