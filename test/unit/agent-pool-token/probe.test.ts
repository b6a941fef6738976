import assert from 'node:assert/strict';
import fc from 'fast-check';
import { probe } from '../../../src/agent-pool-token/probe';
import { parseOrganization } from '../../../src/azure-devops/organization';
import { Pools } from '../../../src/azure-devops/pools';
import type { PoolToken } from '../../../src/azure-devops/token-client';
import { TaskError } from '../../../src/errors';
import type { HttpOutcome } from '../../../src/http/runtime';
import { Secret } from '../../../src/secret';
import {
  broken,
  envelope,
  FakeRuntime,
  json,
  noon,
  patOf,
  signInPage,
  text,
  timedOut,
  tooLarge,
} from '../../support/world';

const organization = parseOrganization('https://dev.azure.com/fabrikam', 'input-invalid');
const token = new Secret(patOf(1));
const pools = (...names: unknown[]) =>
  json(200, { count: names.length, value: names.map((name, id) => ({ id, name })) });

const probeWith = (pool: string, ...outcomes: HttpOutcome[]) => tryWith('pat', pool, outcomes);

async function tryWith(kind: PoolToken['kind'], pool: string, outcomes: HttpOutcome[]) {
  const runtime = new FakeRuntime().script(...outcomes);
  const error = await probe(new Pools(runtime.conversation(), organization, { token, kind }), pool).then(
    () => undefined,
    (thrown: unknown) => {
      assert.ok(thrown instanceof TaskError, String(thrown));
      return thrown;
    },
  );
  const sent = runtime.requests.map(({ method, url }) => `${method} ${decodeURIComponent(url)}`);
  return { runtime, error, sent };
}

const base = 'GET https://dev.azure.com/fabrikam/_apis/distributedtask/pools?';

describe('pools: the probe', () => {
  it('asks once for the pool that the token may manage, with the token as Basic password', async () => {
    const { runtime, error, sent } = await probeWith('Linux', pools('Linux'));
    assert.equal(error, undefined);
    assert.deepEqual(sent, [`${base}poolName=Linux&actionFilter=manage&api-version=7.1`]);
    assert.deepEqual(runtime.requests[0]?.headers, {
      Authorization: `Basic ${Buffer.from(`:${patOf(1)}`).toString('base64')}`,
      Accept: 'application/json',
      'X-TFS-FedAuthRedirect': 'Suppress',
    });
  });

  it('asks for any one pool where none was named, and is content with none', async () => {
    for (const answer of [pools('Linux'), pools()]) {
      const { error, sent } = await probeWith('', answer);
      assert.equal(error, undefined);
      assert.deepEqual(sent, [`${base}$top=1&api-version=7.1`]);
    }
  });

  it('escapes the name of the pool', async () => {
    const { runtime } = await probeWith('a b&actionFilter=none#ü', pools('a b&actionFilter=none#ü'));
    const { searchParams } = new URL(runtime.requests[0]?.url ?? '');
    assert.equal(searchParams.get('poolName'), 'a b&actionFilter=none#ü');
    assert.equal(searchParams.get('actionFilter'), 'manage');
  });

  it('takes the name in any case, because no two pools differ in case alone', async () => {
    assert.equal((await probeWith('linux', pools('LINUX'))).error, undefined);
  });

  it('distinguishes a pool that may not be managed from one that is not there, by one more request', async () => {
    const seen = await probeWith('Linux', pools(), pools('Linux'));
    assert.equal(seen.error?.code, 'pool-not-manageable');
    assert.match(seen.error?.what ?? '', /"Linux"/);
    assert.equal(seen.sent[1], `${base}poolName=Linux&api-version=7.1`);
    const missing = await probeWith('Linux', pools(), pools());
    assert.equal(missing.error?.code, 'pool-not-found');
    assert.match(missing.error?.what ?? '', /"Linux" in "fabrikam"/);
    assert.equal(missing.sent.length, 2);
  });

  it('is not content with another pool than the one that was named', async () => {
    assert.equal(
      (await probeWith('Linux', pools('Linux 2', 'Windows'), pools('Linux 2'))).error?.code,
      'pool-not-found',
    );
  });

  it('skips what is no pool', async () => {
    const odd = json(200, {
      value: [null, 'Linux', { id: 1, name: 7 }, {}, { name: 'Linux' }, { id: 2, name: 'Linux' }],
    });
    assert.equal((await probeWith('Linux', odd)).error, undefined);
  });
});

describe('pools: a token that is not accepted', () => {
  for (const refusal of [text(401, ''), signInPage, text(302, '')]) {
    it(`is tried again, because a new one may not be known everywhere: ${JSON.stringify(refusal).slice(0, 40)}`, async () => {
      const { error, sent, runtime } = await probeWith('', refusal, refusal, pools());
      assert.equal(error, undefined);
      assert.equal(sent.length, 3);
      assert.deepEqual(runtime.sleeps, [250, 500]);
    });

    it(`fails after 10 s: ${JSON.stringify(refusal).slice(0, 40)}`, async () => {
      const { error, runtime } = await probeWith('', ...Array.from({ length: 8 }, () => refusal));
      assert.equal(error?.code, 'token-not-accepted');
      assert.equal(runtime.clock - noon, 10_000);
      assert.deepEqual(runtime.sleeps, [250, 500, 1000, 2000, 4000, 2250]);
    });
  }

  it('fails earlier where there is no time left', async () => {
    const runtime = new FakeRuntime();
    runtime.reply = () => text(401, '');
    await assert.rejects(probe(new Pools(runtime.conversation(1000), organization, { token, kind: 'pat' }), ''), {
      code: 'token-not-accepted',
    });
    assert.ok(runtime.clock - noon <= 1000);
  });

  it('fails at once where the service refuses otherwise, and says why', async () => {
    for (const status of [400, 403, 404]) {
      const { error, sent } = await probeWith('Linux', envelope(status, 'VS403283: No\nway.'));
      assert.equal(error?.code, 'token-not-accepted');
      assert.match(error?.what ?? '', new RegExp(`answered ${status} \\(VS403283: No way\\.\\)`));
      assert.equal(sent.length, 1);
    }
  });

  it('never repeats the token, not even where the answer does', async () => {
    for (const form of token.travellingForms()) {
      const { error } = await probeWith('Linux', envelope(403, `You sent ${form}.`));
      assert.ok(!error?.message.includes(form), error?.message);
    }
  });
});

describe('pools: the token of an application', () => {
  it('is tried in the same way', async () => {
    const { runtime, error, sent } = await tryWith('entra', 'Linux', [pools('Linux')]);
    assert.equal(error, undefined);
    assert.deepEqual(sent, [`${base}poolName=Linux&actionFilter=manage&api-version=7.1`]);
    const basic = `Basic ${Buffer.from(`:${patOf(1)}`).toString('base64')}`;
    assert.equal(runtime.requests[0]?.headers.Authorization, basic);
  });

  for (const refusal of [text(401, ''), signInPage, text(302, ''), envelope(403, 'TF400813: No.')]) {
    it(`is refused at once: nothing has to spread before it is known: ${JSON.stringify(refusal).slice(0, 40)}`, async () => {
      const { error, sent, runtime } = await tryWith('entra', '', [refusal]);
      assert.equal(error?.code, 'not-signed-in');
      assert.match(error?.remedy ?? '', /add the service principal to the users of the organization/);
      assert.equal(sent.length, 1);
      assert.deepEqual(runtime.sleeps, []);
    });
  }

  it('that may not manage the pool is refused, and the message names the service principal', async () => {
    const { error } = await tryWith('entra', 'Linux', [pools(), pools('Linux')]);
    assert.equal(error?.code, 'pool-not-manageable');
    assert.match(
      error?.message ?? '',
      /The service principal .*"Linux".*give the service principal the Administrator role/,
    );
  });

  it('that sees no such pool is refused, and the message names the service principal', async () => {
    const { error } = await tryWith('entra', 'Linux', [pools(), pools()]);
    assert.equal(error?.code, 'pool-not-found');
    assert.match(
      error?.what ?? '',
      /^The service principal of this connection sees no agent pool "Linux" in "fabrikam"/,
    );
  });

  it('is never shown, not even where the answer does', async () => {
    for (const form of token.travellingForms()) {
      const { error } = await tryWith('entra', '', [envelope(403, `You sent ${form}.`)]);
      assert.ok(!error?.message.includes(form), error?.message);
    }
  });

  it('meets passing faults like any other', async () => {
    const { error, sent } = await tryWith('entra', '', [text(503, ''), broken, pools()]);
    assert.equal(error, undefined);
    assert.equal(sent.length, 3);
  });
});

describe('pools: other answers', () => {
  for (const outcome of [
    json(200, {}),
    text(200, 'x'),
    json(200, { value: {} }),
    json(201, { value: [] }),
    text(204, ''),
  ]) {
    it(`are malformed: ${JSON.stringify(outcome)}`, async () => {
      assert.equal((await probeWith('', outcome)).error?.code, 'response-malformed');
    });
  }

  it('that pass are repeated', async () => {
    const { error, sent } = await probeWith('', text(503, ''), broken, timedOut, pools());
    assert.equal(error, undefined);
    assert.equal(sent.length, 4);
  });

  it('that do not pass keep their own code', async () => {
    assert.equal((await probeWith('', tooLarge)).error?.code, 'response-malformed');
    assert.equal((await probeWith('', text(429, '', { 'retry-after': '90' }))).error?.code, 'throttled');
    assert.equal((await probeWith('', text(501, ''))).error?.code, 'network');
  });

  it('end in time, as a success or a TaskError that hides the token', async () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom([{ name: 'Linux' }], patOf(1), '##vso[x]\n'));
    const body = fc.oneof(fc.dictionary(fc.constantFrom('value', 'message', 'count'), value), fc.jsonValue());
    const outcome: fc.Arbitrary<HttpOutcome> = fc.oneof(
      fc.tuple(fc.constantFrom(200, 401, 403), body).map(([status, content]) => json(status, content)),
      fc
        .tuple(
          fc.integer({ min: 100, max: 599 }),
          body,
          fc.dictionary(fc.constantFrom('retry-after', 'content-type'), fc.string()),
        )
        .map(([status, content, headers]) => json(status, content, headers)),
      fc.constantFrom(broken, timedOut, tooLarge),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(outcome, { minLength: 1, maxLength: 5 }),
        fc.constantFrom('', 'Linux'),
        async (outcomes, pool) => {
          const runtime = new FakeRuntime();
          runtime.latency = 100;
          runtime.reply = (_, index) => outcomes[index % outcomes.length] ?? broken;
          try {
            await probe(new Pools(runtime.conversation(30_000), organization, { token, kind: 'pat' }), pool);
          } catch (error) {
            assert.ok(error instanceof TaskError, String(error));
            assert.ok(!error.message.includes(patOf(1)), error.message);
            assert.doesNotMatch(error.message, /##\s*(vso)?\[|[\r\n]/i);
          }
          assert.ok(runtime.clock <= noon + 30_500);
          assert.ok(runtime.requests.length <= 60);
        },
      ),
      { numRuns: 500 },
    );
  });
});
