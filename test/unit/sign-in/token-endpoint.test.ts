import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseOrganization } from '../../../src/azure-devops/organization';
import { TaskError } from '../../../src/errors';
import type { HttpOutcome } from '../../../src/http/runtime';
import { Secret } from '../../../src/secret';
import { EntraSignIn } from '../../../src/sign-in/entra-sign-in';
import { TokenEndpoint, type TokenRequest } from '../../../src/sign-in/token-endpoint';
import type { UserCredential } from '../../../src/sign-in/user';
import {
  ada,
  adasToken,
  broken,
  entraToken,
  FakePipeline,
  FakeRuntime,
  json,
  opaqueToken,
  text,
  timedOut,
  userOf,
} from '../../support/world';

const organization = parseOrganization('https://dev.azure.com/fabrikam', 'input-invalid');
const refreshToken = '0.refresh-token-of-the-user';
const clientSecret = '8Q~client.secret_of-the+app/=';
const issuer: UserCredential = {
  kind: 'refreshToken',
  connection: 'endpoint-1',
  organization,
  authority: 'https://login.microsoftonline.com',
  tenantId: 'contoso.onmicrosoft.com',
  clientId: 'cccccccc-bbbb-cccc-dddd-eeeeeeeeeeee',
  proof: { kind: 'clientSecret', clientSecret: new Secret(clientSecret) },
  ignored: [],
  refreshToken: new Secret(refreshToken),
};
const good = { token_type: 'Bearer', expires_in: 3599, access_token: adasToken };

async function signInWith(outcomes: HttpOutcome[], who: UserCredential = issuer) {
  const runtime = new FakeRuntime().script(...outcomes);
  const masked: string[] = [];
  const pipeline = new FakePipeline();
  pipeline.mask = (secret) => masked.push(secret.reveal());
  const promise = new EntraSignIn(runtime.conversation(), pipeline).user(who);
  return { runtime, masked, promise };
}

async function failureOf(...outcomes: HttpOutcome[]): Promise<TaskError> {
  const { promise } = await signInWith(outcomes);
  const error = await promise.then(
    () => assert.fail('signed in'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof TaskError, String(error));
  return error;
}

describe('entra: redeeming a refresh token', () => {
  it('sends one form to the tenant of the connection', async () => {
    const { runtime, promise } = await signInWith([json(200, good)]);
    await promise;
    const [request] = runtime.requests;
    assert.equal(runtime.requests.length, 1);
    assert.equal(request?.method, 'POST');
    assert.equal(request?.url, 'https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token');
    assert.equal(request?.headers['Content-Type'], 'application/x-www-form-urlencoded');
    assert.deepEqual(Object.fromEntries(new URLSearchParams(request?.body)), {
      client_id: 'cccccccc-bbbb-cccc-dddd-eeeeeeeeeeee',
      grant_type: 'refresh_token',
      scope: '499b84ac-1321-427f-aa17-267ca6975798/vso.pats 499b84ac-1321-427f-aa17-267ca6975798/vso.pats_manage',
      refresh_token: refreshToken,
      client_secret: clientSecret,
    });
  });

  it('sends no client secret of a public client', async () => {
    const publicClient = { ...issuer, proof: { kind: 'public' } } as UserCredential;
    const { runtime, promise } = await signInWith([json(200, good)], publicClient);
    await promise;
    assert.equal(new URLSearchParams(runtime.requests[0]?.body).has('client_secret'), false);
  });

  it('keeps a tenant from becoming another path', async () => {
    const { runtime, promise } = await signInWith([json(200, good)], {
      ...issuer,
      tenantId: 'a/b?c',
    } as UserCredential);
    await promise;
    assert.equal(runtime.requests[0]?.url, 'https://login.microsoftonline.com/a%2Fb%3Fc/oauth2/v2.0/token');
  });

  it('knows who signed in, where the token can be read', async () => {
    const { promise, masked } = await signInWith([json(200, good)]);
    const signedIn = await promise;
    assert.equal((await signedIn.accessToken()).reveal(), adasToken);
    assert.equal(signedIn.user, userOf(ada));
    assert.deepEqual(masked, [adasToken]);
  });

  for (const [what, access_token] of [
    ['is opaque', opaqueToken],
    ['has two parts', `${adasToken.split('.').slice(0, 2).join('.')}`],
    ['has a payload that is no JSON', 'aaaaaaaaaa.bbbbbbbbbb.cccccccccc'],
    ['has a payload that is null', `aaaaaaaaaaaaa.${Buffer.from('null').toString('base64url')}.cccccccccc`],
    ['has no object id', entraToken({ tid: ada.tid })],
    ['has ids that are none', entraToken({ tid: 'x', oid: 'y' })],
    ['has ids that are no texts', entraToken({ tid: 1, oid: [ada.oid] })],
  ] as const) {
    it(`signs in without knowing who, where the token ${what}`, async () => {
      const { promise } = await signInWith([json(200, { ...good, access_token })]);
      assert.deepEqual(Object.keys(await promise), ['accessToken']);
    });
  }

  it('compares users in any case of their ids', async () => {
    const access_token = entraToken({ tid: ada.tid.toUpperCase(), oid: ada.oid.toUpperCase() });
    const { promise } = await signInWith([json(200, { ...good, access_token })]);
    assert.equal((await promise).user, userOf(ada));
  });

  it('masks an unasked-for new refresh token too, and does so before it judges the answer', async () => {
    const { promise, masked } = await signInWith([
      json(200, { ...good, token_type: 'mac', refresh_token: 'a new one' }),
    ]);
    await assert.rejects(promise, { code: 'response-malformed' });
    assert.deepEqual(masked, [adasToken, 'a new one']);
  });

  it('takes the type of the token in any case', async () => {
    const { promise } = await signInWith([json(200, { ...good, token_type: 'bearer' })]);
    assert.equal((await (await promise).accessToken()).reveal(), adasToken);
  });
});

describe('entra: refusals', () => {
  for (const [what, body] of [
    ['a token that is too short', { ...good, access_token: 'short' }],
    ['a token of two words', { ...good, access_token: `${adasToken} x` }],
    ['a novel', { ...good, access_token: 'x'.repeat(65_537) }],
    ['a token of another type', { ...good, token_type: 'mac' }],
    ['a token of no type', { access_token: adasToken }],
    ['no token', { token_type: 'Bearer' }],
    ['a token that is no text', { ...good, access_token: { value: adasToken } }],
  ] as [string, Record<string, unknown>][]) {
    it(`takes ${what} for malformed`, async () => {
      assert.equal((await failureOf(json(200, body))).code, 'response-malformed');
    });
  }

  it('takes no token from an answer of another status', async () => {
    assert.equal((await failureOf(json(201, good))).code, 'response-malformed');
    assert.equal(
      (await failureOf(json(400, { ...good, error: 'invalid_grant', error_codes: [700082] }))).code,
      'sign-in-expired',
    );
  });

  it('takes no application for a user', async () => {
    const error = await failureOf(json(200, { ...good, access_token: entraToken({ ...ada, idtyp: 'app' }) }));
    assert.equal(error.code, 'issuer-not-a-user');
  });

  it('explains a refusal, after one request', async () => {
    const { runtime, promise } = await signInWith([json(400, { error: 'invalid_grant', error_codes: [50076] })]);
    await assert.rejects(promise, { code: 'sign-in-interaction-required' });
    assert.equal(runtime.requests.length, 1);
  });

  it('tries a passing fault four times', async () => {
    const busy = json(400, { error: 'temporarily_unavailable', error_codes: [90033] });
    const { runtime, promise } = await signInWith([busy, busy, busy, busy]);
    await assert.rejects(promise, { code: 'network', message: /AADSTS90033/ });
    assert.equal(runtime.requests.length, 4);
    assert.equal((await (await signInWith([busy, timedOut, json(200, good)])).promise).user, userOf(ada));
  });

  it('is throttled where Entra limits requests to the last', async () => {
    const busy = json(429, { error: 'temporarily_unavailable' });
    assert.equal((await failureOf(busy, busy, busy, busy)).code, 'throttled');
  });

  it('never repeats what was sent, in any form in which an answer echoes it', async () => {
    const { runtime } = await signInWith([json(200, good)]);
    const sent = runtime.requests[0]?.body ?? '';
    for (const secret of [clientSecret, refreshToken]) {
      const asForm = new URLSearchParams({ x: secret }).toString().slice(2);
      for (const form of [secret, encodeURIComponent(secret), asForm, JSON.stringify(secret), sent]) {
        const echo = json(400, { error: 'invalid_request', error_description: `You sent ${form}.`, trace_id: form });
        const { message } = await failureOf(echo);
        for (const hidden of [secret, encodeURIComponent(secret), asForm])
          assert.ok(!message.includes(hidden), message);
      }
    }
  });
});

describe('entra: an access token of the pipeline', () => {
  const withToken = (token: string): UserCredential => ({
    kind: 'accessToken',
    connection: 'accessToken',
    organization,
    accessToken: new Secret(token),
  });

  it('needs no request', async () => {
    const { runtime, promise } = await signInWith([], withToken(adasToken));
    assert.equal((await promise).user, userOf(ada));
    assert.equal(runtime.requests.length, 0);
  });

  it('is refused where it is that of an application', async () => {
    const { promise } = await signInWith([], withToken(entraToken({ ...ada, idtyp: 'app' })));
    await assert.rejects(promise, { code: 'issuer-not-a-user' });
  });
});

describe('entra: any request for a token', () => {
  const ask = async (outcomes: HttpOutcome[], change: Partial<TokenRequest> = {}) => {
    const runtime = new FakeRuntime().script(...outcomes);
    const request = {
      authority: 'https://login.microsoftonline.us',
      tenantId: ada.tid,
      form: new URLSearchParams({ grant_type: 'x', secret: clientSecret }),
      secrets: [new Secret(clientSecret)],
      ...change,
    };
    const promise = new TokenEndpoint(runtime.conversation(600_000), () => {}).request(request);
    return { runtime, promise };
  };

  it('sends its form to the authority', async () => {
    const { runtime, promise } = await ask([json(200, good)]);
    const issued = await promise;
    assert.equal(runtime.requests[0]?.url, `https://login.microsoftonline.us/${ada.tid}/oauth2/v2.0/token`);
    assert.equal(runtime.requests[0]?.body, new URLSearchParams({ grant_type: 'x', secret: clientSecret }).toString());
    assert.equal(issued.accessToken.reveal(), adasToken);
    assert.deepEqual(issued.claims, ada);
    assert.equal(issued.expiresIn, 3599);
  });

  for (const [expires_in, expected] of [
    [1, 1],
    [3599, 3599],
    ['3599', 3599],
    [100_800, 100_800],
    [100_801, undefined],
    [0, undefined],
    [-1, undefined],
    ['soon', undefined],
    ['1e999', undefined],
    [null, undefined],
    [undefined, undefined],
    [{}, undefined],
    ['', undefined],
  ] as const) {
    it(`reads an expiry of ${JSON.stringify(expires_in)} as ${expected}`, async () => {
      const { promise } = await ask([json(200, { ...good, expires_in })]);
      const issued = await promise;
      assert.equal(issued.expiresIn, expected);
      assert.equal('expiresIn' in issued, expected !== undefined);
    });
  }

  it('has no claims of a token that cannot be read', async () => {
    for (const access_token of [opaqueToken, 'aaaaaaaaaa.bbbbbbbbbb.cccccccccc', `aaaaaaaaaaaaa.MQ.cccccccccc`]) {
      const { promise } = await ask([json(200, { ...good, access_token })]);
      assert.deepEqual((await promise).claims, {});
    }
  });

  for (const fault of [broken, timedOut, text(503, ''), json(400, { error: 'server_error' })]) {
    it(`is sent once where it must not be repeated: ${JSON.stringify(fault)}`, async () => {
      const { runtime, promise } = await ask([fault, json(200, good)], { again: 'throttling' });
      await assert.rejects(promise, { code: fault.kind === 'timed-out' ? 'timed-out' : 'network' });
      assert.equal(runtime.requests.length, 1);
      const repeated = await ask([fault, json(200, good)]);
      assert.equal((await repeated.promise).accessToken.reveal(), adasToken);
    });
  }

  it('says which passing fault it was, also where it must not be repeated', async () => {
    const fault = json(400, { error: 'temporarily_unavailable', error_codes: [90033], trace_id: 'the-trace' });
    const { promise } = await ask([fault], { again: 'throttling' });
    await assert.rejects(promise, { code: 'network', message: /AADSTS90033.*the-trace/ });
  });

  it('is sent again after a refusal for lack of capacity, which did nothing', async () => {
    const { runtime, promise } = await ask([text(429, ''), json(200, good)], { again: 'throttling' });
    await promise;
    assert.equal(runtime.requests.length, 2);
  });
});

describe('entra: any answer', () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(adasToken, opaqueToken, 'Bearer', refreshToken, '##vso[x]\n', '\ud800'),
  );
  const body = fc.oneof(
    fc.dictionary(
      fc.constantFrom(
        'access_token',
        'refresh_token',
        'token_type',
        'error',
        'error_codes',
        'error_description',
        '__proto__',
      ),
      value,
    ),
    fc.jsonValue(),
  );
  const outcome: fc.Arbitrary<HttpOutcome> = fc.oneof(
    fc.tuple(fc.integer({ min: 100, max: 599 }), body).map(([status, content]) => json(status, content)),
    fc
      .tuple(
        fc.integer({ min: 100, max: 599 }),
        fc.string(),
        fc.dictionary(fc.constantFrom('retry-after', 'content-type', 'date'), fc.string()),
      )
      .map(([status, content, headers]) => text(status, content, headers)),
  );

  it('ends as a user who signed in, or as a TaskError that shows no secret', async () => {
    await fc.assert(
      fc.asyncProperty(outcome, async (answer) => {
        const { runtime, promise } = await signInWith([answer, answer, answer, answer]);
        try {
          const { accessToken } = await promise;
          assert.ok((await accessToken()).isPrintableWord(20, 65_536));
        } catch (error) {
          assert.ok(error instanceof TaskError, String(error));
          for (const secret of [refreshToken, clientSecret]) assert.ok(!error.message.includes(secret));
          assert.doesNotMatch(error.message, /##\s*(vso)?\[|[\r\n]/i);
        }
        assert.ok(runtime.requests.length <= 4);
      }),
      { numRuns: 500 },
    );
  });
});
