import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TaskError } from '../src/errors';
import { parseOrganization } from '../src/hosts';
import { type Creation, createPat, type PatStore, revokePat } from '../src/pats';
import { type RevocableToken, revokeTokens } from '../src/revocation';
import type { HttpOutcome } from '../src/runtime';
import { Secret } from '../src/secret';
import {
  adasToken,
  broken,
  envelope,
  FakeRuntime,
  idOf,
  json,
  noon,
  patError,
  patOf,
  signInPage,
  text,
  timedOut,
  tooLarge,
} from './support/world';

const store: PatStore = {
  organization: parseOrganization('https://dev.azure.com/fabrikam', 'input-invalid'),
  signedIn: { accessToken: new Secret(adasToken) },
};
const request = { name: 'the name', scope: 'vso.agentpools_manage', validTo: noon + 3_600_000 };
const patToken = { displayName: 'the name', authorizationId: idOf(1), token: patOf(1), scope: 'vso.agentpools_manage' };

async function create(...outcomes: HttpOutcome[]): Promise<Creation & { requests: number }> {
  const runtime = new FakeRuntime().script(...outcomes);
  const creation = await createPat(runtime.conversation(), store, request);
  return { ...creation, requests: runtime.requests.length };
}

describe('pats: createPat', () => {
  it('asks the token API of the organization for exactly one organization, scope and expiry', async () => {
    const runtime = new FakeRuntime().script(json(200, { patToken, patTokenError: 'none' }));
    const creation = await createPat(runtime.conversation(), store, request);
    const [sent] = runtime.requests;
    assert.equal(sent?.method, 'POST');
    assert.equal(sent?.url, 'https://vssps.dev.azure.com/fabrikam/_apis/tokens/pats?api-version=7.1-preview.1');
    assert.deepEqual(sent?.headers, {
      Authorization: `Bearer ${adasToken}`,
      Accept: 'application/json',
      'X-TFS-FedAuthRedirect': 'Suppress',
      'Content-Type': 'application/json',
    });
    assert.deepEqual(JSON.parse(sent?.body ?? ''), {
      displayName: 'the name',
      scope: 'vso.agentpools_manage',
      validTo: '2026-03-01T13:00:00.000Z',
      allOrgs: false,
    });
    assert.ok(creation.kind === 'created');
    assert.equal(creation.pat.id, idOf(1));
    assert.equal(creation.pat.token.reveal(), patOf(1));
    assert.deepEqual(creation.pat.granted, {
      displayName: 'the name',
      authorizationId: idOf(1),
      scope: 'vso.agentpools_manage',
    });
  });

  it('keeps the token out of everything but its secret', async () => {
    const creation = await create(json(200, { patToken, patTokenError: 'none' }));
    assert.ok(!JSON.stringify(creation).includes(patOf(1)));
  });

  for (const [what, outcome] of [
    ['a reason with a 200', patError('accessDenied')],
    ['a reason with another status', json(403, { patToken: null, patTokenError: 'accessDenied' })],
    ['an envelope', envelope(403, 'No.')],
    ['an envelope with a type alone', json(400, { typeKey: 'X' })],
    ['a 401', text(401, '')],
    ['a sign-in page', signInPage],
    ['a redirect', text(302, '')],
  ] as const) {
    it(`is clearly refused by ${what}: no token can exist`, async () => {
      const creation = await create(outcome);
      assert.ok(creation.kind === 'refused');
      assert.equal(creation.clear, true);
      assert.equal(creation.requests, 1);
    });
  }

  it('is clearly refused where it was only ever throttled', async () => {
    const creation = await create(...Array.from({ length: 4 }, () => text(429, '')));
    assert.ok(creation.kind === 'refused');
    assert.equal(creation.clear, true);
    assert.equal(creation.error.code, 'throttled');
    assert.equal(creation.requests, 4);
  });

  for (const outcome of [text(403, '<html>'), text(404, ''), json(400, {}), json(400, null), json(413, 'x')]) {
    it(`is refused, but not clearly, by what something on the way may have said: ${JSON.stringify(outcome)}`, async () => {
      const creation = await create(outcome);
      assert.ok(creation.kind === 'refused');
      assert.equal(creation.clear, false);
    });
  }

  for (const [what, outcome, code] of [
    ['a broken connection', broken, 'network'],
    ['a time-out', timedOut, 'timed-out'],
    ['an answer without end', tooLarge, 'response-malformed'],
    ['a 500', text(500, ''), 'network'],
    ['a 501', text(501, ''), 'network'],
    ['a 503', text(503, '', { 'retry-after': '1' }), 'network'],
    ['a 408', text(408, ''), 'response-malformed'],
    ['a 204', text(204, ''), 'response-malformed'],
    ['no JSON', text(200, 'OK'), 'response-malformed'],
    ['HTML for a success', text(200, '<html>', { 'content-type': 'text/html' }), 'response-malformed'],
    ['half of its JSON', text(200, '{"patToken":{"authoriz'), 'response-malformed'],
    ['no token and no reason', json(200, { patToken: null, patTokenError: 'none' }), 'response-malformed'],
    [
      'a token without an id',
      json(200, { patToken: { ...patToken, authorizationId: undefined } }),
      'response-malformed',
    ],
    ['an id that is none', json(200, { patToken: { ...patToken, authorizationId: '../x' } }), 'response-malformed'],
    ['an id without a token', json(200, { patToken: { ...patToken, token: null } }), 'response-malformed'],
    ['an empty token', json(200, { patToken: { ...patToken, token: '' } }), 'response-malformed'],
  ] as const) {
    it(`ends nobody knows how after ${what}, and is not repeated`, async () => {
      const creation = await create(outcome);
      assert.ok(creation.kind === 'unknown', creation.kind);
      assert.equal(creation.error.code, code);
      assert.equal(creation.requests, 1);
      assert.ok(!creation.error.message.includes(patOf(1)));
    });
  }

  it('lets a fault of this program through, which is no outcome', async () => {
    const runtime = new FakeRuntime();
    runtime.send = () => Promise.reject(new TypeError('a fault'));
    await assert.rejects(createPat(runtime.conversation(), store, request), TypeError);
  });
});

describe('pats: revokePat', () => {
  async function revoke(...outcomes: HttpOutcome[]) {
    const runtime = new FakeRuntime().script(...outcomes);
    return { runtime, outcome: await revokePat(runtime.conversation(), store, idOf(1)) };
  }

  it('deletes by id', async () => {
    const { runtime, outcome } = await revoke(text(204, ''));
    assert.equal(outcome, 'revoked');
    assert.equal(runtime.requests.length, 1);
    assert.equal(runtime.requests[0]?.method, 'DELETE');
    assert.equal(
      runtime.requests[0]?.url,
      `https://vssps.dev.azure.com/fabrikam/_apis/tokens/pats?authorizationId=${idOf(1)}&api-version=7.1-preview.1`,
    );
    assert.equal(runtime.requests[0]?.headers['Content-Type'], undefined);
  });

  for (const outcome of [text(204, ''), text(200, ''), json(200, { patTokenError: 'none' }), json(200, {})]) {
    it(`has revoked after ${JSON.stringify(outcome)}`, async () =>
      assert.equal((await revoke(outcome)).outcome, 'revoked'));
  }

  for (const outcome of [
    text(404, ''),
    envelope(404, 'x'),
    patError('tokenNotFound'),
    patError('AuthorizationNotFound'),
    json(400, { patTokenError: 'tokenNotFound' }),
    envelope(400, 'x', 'SessionTokenNotFoundException'),
  ]) {
    it(`has found no token after ${JSON.stringify(outcome)}`, async () => {
      assert.equal((await revoke(outcome)).outcome, 'not-found');
    });
  }

  for (const [outcome, code] of [
    [patError('accessDenied'), 'pat-refused'],
    [patError('hostAuthorizationNotFound'), 'pat-refused'],
    [text(202, ''), 'pat-refused'],
    [text(400, ''), 'pat-refused'],
    [text(401, ''), 'not-signed-in'],
    [text(302, ''), 'not-signed-in'],
    [signInPage, 'not-signed-in'],
    [text(200, '<html>', { 'content-type': 'text/html' }), 'not-signed-in'],
    [text(501, ''), 'network'],
  ] as const) {
    it(`has failed after ${JSON.stringify(outcome)}, as ${code}`, async () => {
      await assert.rejects(revoke(outcome), { code });
    });
  }

  it('is tried four times', async () => {
    const { runtime, outcome } = await revoke(timedOut, broken, text(503, ''), text(204, ''));
    assert.equal(outcome, 'revoked');
    assert.equal(runtime.requests.length, 4);
  });

  it('is sent even where the service asked everybody to wait too long', async () => {
    const runtime = new FakeRuntime().script(json(200, { patTokens: [] }, { 'retry-after': '3600' }), text(204, ''));
    const conversation = runtime.conversation();
    await revokeTokens(conversation, store, [{ name: 'the name' }]);
    assert.equal(await revokePat(conversation, store, idOf(1)), 'revoked');
    assert.deepEqual(runtime.sleeps, []);
  });
});

describe('pats: revokeTokens', () => {
  const page = (tokens: [name: string, number: number][], continuationToken: unknown = '') =>
    json(200, {
      continuationToken,
      patTokens: tokens.map(([displayName, number]) => ({ displayName, authorizationId: idOf(number) })),
    });

  async function revoke(tokens: RevocableToken[], ...outcomes: HttpOutcome[]) {
    const runtime = new FakeRuntime().script(...outcomes);
    const promise = revokeTokens(runtime.conversation(), store, tokens);
    const error = await promise.then(
      () => undefined,
      (thrown: TaskError) => thrown,
    );
    return {
      outcome: error ? undefined : await promise,
      error,
      sent: runtime.requests.map(({ method, url }) => `${method} ${new URL(url).search}`),
    };
  }

  it('asks nothing for no tokens', async () => {
    assert.deepEqual((await revoke([])).outcome, { revoked: [], notFound: [] });
  });

  it('revokes by id without looking for the name', async () => {
    const { outcome, sent } = await revoke([{ name: 'a', id: idOf(1) }], text(204, ''));
    assert.deepEqual(outcome, { revoked: ['a'], notFound: [] });
    assert.equal(sent.length, 1);
  });

  it('looks among the active tokens for a name', async () => {
    const { outcome, sent } = await revoke(
      [{ name: 'b' }],
      page([
        ['a', 1],
        ['b', 2],
      ]),
      text(204, ''),
    );
    assert.deepEqual(outcome, { revoked: ['b'], notFound: [] });
    assert.deepEqual(sent, [
      'GET ?displayFilterOption=active&%24top=100&api-version=7.1-preview.1',
      `DELETE ?authorizationId=${idOf(2)}&api-version=7.1-preview.1`,
    ]);
  });

  it('takes no other name for it, nor another case, but forgives a trimmed space', async () => {
    const others = page([
      ['B', 1],
      ['bb', 2],
      ['x b', 3],
    ]);
    assert.deepEqual((await revoke([{ name: 'b' }], others)).outcome, { revoked: [], notFound: ['b'] });
    assert.deepEqual((await revoke([{ name: 'b ' }], page([['b', 2]]), text(204, ''))).outcome, {
      revoked: ['b '],
      notFound: [],
    });
  });

  it('revokes every token of a name, and looks through all pages', async () => {
    const { outcome, sent } = await revoke(
      [{ name: 'b' }, { name: 'c' }],
      page([['b', 1]], 'p/2 +'),
      page([['b', 2]], 'p3'),
      page([]),
      text(204, ''),
      text(204, ''),
    );
    assert.deepEqual(outcome, { revoked: ['b', 'b'], notFound: ['c'] });
    assert.match(sent[1] ?? '', /continuationToken=p%2F2\+%2B&/);
    assert.match(sent[1] ?? '', /displayFilterOption=active/);
    assert.equal(sent.length, 5);
  });

  it('ends at a continuation that is no text', async () => {
    for (const continuation of [null, undefined, 7]) {
      assert.deepEqual((await revoke([{ name: 'b' }], page([], continuation))).outcome?.notFound, ['b']);
    }
  });

  it('skips what is no token', async () => {
    const patTokens = [
      null,
      1,
      'b',
      {},
      { displayName: 'b' },
      { displayName: 'b', authorizationId: '../x' },
      { displayName: 1, authorizationId: idOf(1) },
    ];
    assert.deepEqual((await revoke([{ name: 'b' }], json(200, { patTokens }))).outcome?.notFound, ['b']);
  });

  it('counts a token that is gone when it is to be revoked as not found', async () => {
    assert.deepEqual((await revoke([{ name: 'b' }], page([['b', 1]]), patError('tokenNotFound'))).outcome, {
      revoked: [],
      notFound: ['b'],
    });
  });

  it('tries the others after a failure, and then throws it', async () => {
    const { error, sent } = await revoke(
      [{ name: 'a', id: idOf(1) }, { name: 'b', id: idOf(2) }, { name: 'c' }],
      patError('accessDenied'),
      text(204, ''),
      page([['c', 3]]),
      text(401, ''),
    );
    assert.equal(error?.code, 'pat-refused');
    assert.equal(sent.length, 4);
  });

  it('throws the first failure also where the names cannot be looked for afterwards', async () => {
    const { error } = await revoke(
      [{ name: 'a', id: idOf(1) }, { name: 'b' }],
      patError('accessDenied'),
      text(401, ''),
    );
    assert.equal(error?.code, 'pat-refused', error?.message);
  });

  for (const [what, outcome, code] of [
    ['a reason', patError('accessDenied'), 'pat-refused'],
    ['a 401', text(401, ''), 'not-signed-in'],
    ['a sign-in page', signInPage, 'not-signed-in'],
    ['a 403', envelope(403, 'x'), 'pat-refused'],
    ['no list', json(200, {}), 'response-malformed'],
    ['no JSON', text(200, 'x'), 'response-malformed'],
  ] as const) {
    it(`cannot look for names after ${what}`, async () => {
      assert.equal((await revoke([{ name: 'b' }], outcome)).error?.code, code);
    });
  }

  it('notices that it is given the same page again', async () => {
    const { error } = await revoke([{ name: 'b' }], page([], 'x'), page([], 'y'), page([], 'x'));
    assert.equal(error?.code, 'response-malformed');
    assert.match(error?.what ?? '', /same page twice/);
  });

  it('does not follow pages that never end for longer than its time', async () => {
    const runtime = new FakeRuntime();
    runtime.latency = 200;
    runtime.reply = (_, index) => page([], `p${index}`);
    await assert.rejects(revokeTokens(runtime.conversation(20_000), store, [{ name: 'b' }]), { code: 'timed-out' });
    assert.ok(runtime.requests.length <= 101);
  });
});

describe('pats: any answers', () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('none', 'tokenNotFound', 'the name', idOf(1), '##vso[x]\n', adasToken, null),
  );
  const token = fc.record(
    {
      displayName: value,
      authorizationId: value,
      token: fc.oneof(fc.constant(patOf(1)), value),
      scope: value,
      validTo: value,
    },
    { requiredKeys: [] },
  );
  const body = fc.oneof(
    fc.dictionary(
      fc.constantFrom(
        'patToken',
        'patTokens',
        'patTokenError',
        'patTokenErrorMessage',
        'message',
        'typeKey',
        'continuationToken',
      ),
      fc.oneof(value, token, fc.array(fc.oneof(token, value), { maxLength: 3 })),
    ),
    fc.jsonValue(),
  );
  const outcome: fc.Arbitrary<HttpOutcome> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.constantFrom(200, 204, 400, 401, 403, 404), body)
        .map(([status, content]) => json(status, content)),
    },
    fc.tuple(fc.integer({ min: 100, max: 599 }), body).map(([status, content]) => json(status, content)),
    fc
      .tuple(
        fc.integer({ min: 100, max: 599 }),
        fc.string(),
        fc.dictionary(fc.constantFrom('retry-after', 'content-type', 'date', 'x-tfs-serviceerror'), fc.string()),
      )
      .map(([status, content, headers]) => text(status, content, headers)),
    fc.constantFrom(broken, timedOut, tooLarge),
  );

  /** Answers in this order, over and over, taking a little time. */
  function runtimeWith(outcomes: HttpOutcome[]): FakeRuntime {
    const runtime = new FakeRuntime();
    runtime.latency = 500;
    runtime.reply = (_, index) => outcomes[index % outcomes.length] ?? broken;
    return runtime;
  }

  const isDiscreet = (error: unknown) => {
    assert.ok(error instanceof TaskError, String(error));
    assert.ok(!error.message.includes(adasToken) && !error.message.includes(patOf(1)), error.message);
    assert.doesNotMatch(error.message, /##\s*(vso)?\[|[\r\n]/i);
  };

  it('to a creation are created, refused or unknown', async () => {
    const answers = fc.array(outcome, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(answers, async (outcomes) => {
        const creation = await createPat(runtimeWith(outcomes).conversation(), store, request);
        if (creation.kind === 'created') {
          assert.match(creation.pat.id, /^[0-9a-f-]{36}$/i);
          assert.ok(creation.pat.token.reveal() !== '' && !('token' in creation.pat.granted));
        } else {
          isDiscreet(creation.error);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('to revocations end in time, as a well-formed outcome or a TaskError', async () => {
    const tokens: RevocableToken[] = [{ name: 'the name' }, { name: 'other', id: idOf(1) }];
    const answers = fc.array(outcome, { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(answers, async (outcomes) => {
        const runtime = runtimeWith(outcomes);
        try {
          const { revoked, notFound } = await revokeTokens(runtime.conversation(20_000), store, tokens);
          for (const name of [...revoked, ...notFound]) assert.ok(tokens.some((known) => known.name === name));
          for (const { name } of tokens) assert.ok(revoked.includes(name) || notFound.includes(name), name);
        } catch (error) {
          isDiscreet(error);
        }
        assert.ok(runtime.requests.length <= 50);
      }),
      { numRuns: 1000 },
    );
  });
});
