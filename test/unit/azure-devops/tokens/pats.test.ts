import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseOrganization } from '../../../../src/azure-devops/organization';
import type { ListedPat } from '../../../../src/azure-devops/tokens/pat-answers';
import type { Creation } from '../../../../src/azure-devops/tokens/pat-creation';
import { Pats } from '../../../../src/azure-devops/tokens/pats';
import { TaskError } from '../../../../src/errors';
import type { Conversation } from '../../../../src/http/conversation';
import type { HttpOutcome } from '../../../../src/http/runtime';
import { Secret } from '../../../../src/secret';
import { anyAnswer, assertDiscreet, runtimeAnswering } from '../../../support/hostile-answers';
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
} from '../../../support/world';

const organization = parseOrganization('https://dev.azure.com/fabrikam', 'input-invalid');
const patsOf = (conversation: Conversation) => new Pats(conversation, organization, async () => new Secret(adasToken));
const request = { name: 'the name', scope: 'vso.agentpools_manage', validTo: noon + 3_600_000 };
const patToken = { displayName: 'the name', authorizationId: idOf(1), token: patOf(1), scope: 'vso.agentpools_manage' };

async function create(...outcomes: HttpOutcome[]): Promise<Creation & { requests: number }> {
  const runtime = new FakeRuntime().script(...outcomes);
  const creation = await patsOf(runtime.conversation()).create(request);
  return { ...creation, requests: runtime.requests.length };
}

describe('pats: create', () => {
  it('asks the token API of the organization for exactly one organization, scope and expiry', async () => {
    const runtime = new FakeRuntime().script(json(200, { patToken, patTokenError: 'none' }));
    const creation = await patsOf(runtime.conversation()).create(request);
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
    it(`has an unknown outcome after ${what}, and is not repeated`, async () => {
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
    await assert.rejects(patsOf(runtime.conversation()).create(request), TypeError);
  });
});

describe('pats: revoke', () => {
  async function revoke(...outcomes: HttpOutcome[]) {
    const runtime = new FakeRuntime().script(...outcomes);
    return { runtime, outcome: await patsOf(runtime.conversation()).revoke(idOf(1)) };
  }

  it('deletes by id', async () => {
    const { runtime, outcome } = await revoke(text(204, ''));
    assert.deepEqual(outcome, { ending: 'revoked', proved: true });
    assert.equal(runtime.requests.length, 1);
    assert.equal(runtime.requests[0]?.method, 'DELETE');
    assert.equal(
      runtime.requests[0]?.url,
      `https://vssps.dev.azure.com/fabrikam/_apis/tokens/pats?authorizationId=${idOf(1)}&api-version=7.1-preview.1`,
    );
    assert.equal(runtime.requests[0]?.headers['Content-Type'], undefined);
  });

  for (const [outcome, ending, proved] of [
    [text(204, ''), 'revoked', true],
    [json(204, { message: 'x' }), 'revoked', true],
    [json(200, { patTokenError: 'none' }), 'revoked', true],
    [json(200, { patToken: null, patTokenError: 'None' }), 'revoked', true],
    [json(200, { patToken: {}, patTokenError: 0 }), 'revoked', true],
    [text(200, ''), 'revoked', false],
    [json(200, {}), 'revoked', false],
    [json(200, null), 'revoked', false],
    [json(200, { patTokenError: null }), 'revoked', false],
    [json(200, { error: null, status: 'done' }), 'revoked', false],
    [patError('tokenNotFound'), 'gone', true],
    [patError('AuthorizationNotFound'), 'gone', true],
    [json(400, { patTokenError: 'tokenNotFound' }), 'gone', true],
    [json(503, { patTokenError: 'tokenNotFound' }), 'gone', true],
    [envelope(200, 'x', 'SessionTokenNotFoundException'), 'gone', true],
    [envelope(404, 'x', 'SessionTokenNotFoundException'), 'gone', true],
    [envelope(400, 'x', 'SessionTokenNotFoundException'), 'gone', true],
    [envelope(500, 'x', 'SessionTokenNotFoundException'), 'gone', true],
    [text(404, ''), 'gone', false],
    [envelope(404, 'x', 'HostDoesNotExistException'), 'gone', false],
    [envelope(404, 'x', 'VssResourceNotFoundException'), 'gone', false],
    [json(404, { error: 'not found' }), 'gone', false],
    [json(404, 'nope'), 'gone', false],
    [text(404, '<html>', { 'content-type': 'text/html' }), 'gone', false],
  ] as const) {
    it(`has ${ending} it ${proved ? 'for sure' : 'perhaps'} after ${JSON.stringify(outcome)}`, async () => {
      assert.deepEqual((await revoke(outcome)).outcome, { ending, proved });
    });
  }

  for (const [outcome, code] of [
    [patError('accessDenied'), 'pat-refused'],
    [patError('hostAuthorizationNotFound'), 'pat-refused'],
    [json(200, { error: 'blocked by policy' }), 'pat-refused'],
    [json(200, { typeKey: 'AccessCheckException' }), 'pat-refused'],
    [json(200, { patTokenError: 'none', message: 'No.' }), 'pat-refused'],
    [json(200, { error: { code: 7 } }), 'pat-refused'],
    [json(200, 'nope'), 'response-malformed'],
    [json(200, []), 'response-malformed'],
    [json(200, true), 'response-malformed'],
    [text(202, ''), 'pat-refused'],
    [text(400, ''), 'pat-refused'],
    [text(401, ''), 'not-signed-in'],
    [text(302, ''), 'not-signed-in'],
    [signInPage, 'not-signed-in'],
    [text(200, '<html>', { 'content-type': 'text/html' }), 'not-signed-in'],
    [text(200, 'Please wait.', { 'content-type': 'text/plain' }), 'response-malformed'],
    [text(200, '{"patToken":nul'), 'response-malformed'],
    [text(501, ''), 'network'],
  ] as const) {
    it(`has failed after ${JSON.stringify(outcome)}, as ${code}`, async () => {
      await assert.rejects(revoke(outcome), { code });
    });
  }

  it('is tried four times', async () => {
    const { runtime, outcome } = await revoke(timedOut, broken, text(503, ''), text(204, ''));
    assert.deepEqual(outcome, { ending: 'revoked', proved: true });
    assert.equal(runtime.requests.length, 4);
  });

  it('is sent even where the service asked everybody to wait too long', async () => {
    const runtime = new FakeRuntime().script(json(200, { patTokens: [] }, { 'retry-after': '3600' }), text(204, ''));
    const conversation = runtime.conversation();
    for await (const _ of patsOf(conversation).active()) assert.fail('there is none');
    assert.deepEqual(await patsOf(conversation).revoke(idOf(1)), { ending: 'revoked', proved: true });
    assert.deepEqual(runtime.sleeps, []);
  });
});

describe('pats: active', () => {
  const page = (tokens: unknown, continuationToken: unknown = '') =>
    json(200, { patTokens: tokens, continuationToken });
  const listed = (number: number, more: Record<string, unknown> = {}) => ({
    displayName: `name ${number}`,
    authorizationId: idOf(number),
    ...more,
  });

  async function list(...outcomes: HttpOutcome[]) {
    const runtime = new FakeRuntime().script(...outcomes);
    const found: ListedPat[] = [];
    let error: TaskError | undefined;
    try {
      for await (const token of patsOf(runtime.conversation()).active()) found.push(token);
    } catch (thrown) {
      assert.ok(thrown instanceof TaskError, String(thrown));
      error = thrown;
    }
    return { found, error, sent: runtime.requests.map(({ method, url }) => `${method} ${url}`) };
  }

  const address = 'GET https://vssps.dev.azure.com/fabrikam/_apis/tokens/pats?displayFilterOption=active&%24top=100&';

  it('asks for active tokens, page by page', async () => {
    const { found, error, sent } = await list(page([listed(1)], 'a/b c'), page([listed(2), listed(3)], null));
    assert.equal(error, undefined);
    assert.deepEqual(
      found.map(({ id }) => id),
      [1, 2, 3].map(idOf),
    );
    assert.deepEqual(sent, [
      `${address}api-version=7.1-preview.1`,
      `${address}continuationToken=a%2Fb+c&api-version=7.1-preview.1`,
    ]);
  });

  it('goes on after an empty page, and gives what is on a page before it asks for the next', async () => {
    const { found } = await list(page([], '2'), page([listed(1)]));
    assert.equal(found.length, 1);
    const { found: first, error } = await list(page([listed(1)], '2'), text(401, ''));
    assert.deepEqual(
      first.map(({ id }) => id),
      [idOf(1)],
    );
    assert.equal(error?.code, 'not-signed-in');
  });

  it('asks for no further page than is wanted', async () => {
    const runtime = new FakeRuntime().script(page([listed(1)], '2'));
    for await (const token of patsOf(runtime.conversation()).active()) {
      assert.equal(token.id, idOf(1));
      break;
    }
    assert.equal(runtime.requests.length, 1);
  });

  it('says when a token was minted, where that can be read', async () => {
    const { found } = await list(
      page([
        listed(1, { validFrom: '2026-03-01T12:00:00.123Z' }),
        listed(2, { validFrom: '2026-03-01T13:00:00+01:00' }),
        ...[undefined, null, '', 'soon', 7].map((validFrom, index) => listed(index + 3, { validFrom })),
      ]),
    );
    assert.deepEqual(
      found.map(({ validFrom }) => validFrom),
      [noon + 123, noon, ...Array(5).fill(undefined)],
    );
    assert.equal('validFrom' in (found[2] ?? {}), false);
  });
});

describe('pats: get', () => {
  const found = (change: Record<string, unknown> = {}) =>
    json(200, { patToken: { displayName: 'the name', authorizationId: idOf(1), ...change }, patTokenError: 'none' });

  async function get(...outcomes: HttpOutcome[]) {
    const runtime = new FakeRuntime().script(...outcomes);
    return { runtime, token: await patsOf(runtime.conversation()).get(idOf(1)) };
  }

  it('asks for one token by its id', async () => {
    const { runtime, token } = await get(found({ validFrom: '2026-03-01T12:00:00Z' }));
    assert.deepEqual(token, { name: 'the name', id: idOf(1), validFrom: noon });
    const [sent] = runtime.requests;
    assert.equal(sent?.method, 'GET');
    assert.equal(
      sent?.url,
      `https://vssps.dev.azure.com/fabrikam/_apis/tokens/pats?authorizationId=${idOf(1)}&api-version=7.1-preview.1`,
    );
    assert.equal(sent?.headers.Authorization, `Bearer ${adasToken}`);
  });

  it('takes its id in any case', async () => {
    const id = 'abcdefab-0000-4000-8000-00000000000f';
    const runtime = new FakeRuntime().script(found({ authorizationId: id.toUpperCase() }));
    assert.equal((await patsOf(runtime.conversation()).get(id))?.id, id.toUpperCase());
  });

  for (const outcome of [
    patError('tokenNotFound'),
    patError('AuthorizationNotFound'),
    json(400, { typeKey: 'SessionTokenNotFoundException' }),
  ]) {
    it(`finds none after ${JSON.stringify(outcome)}`, async () => assert.equal((await get(outcome)).token, undefined));
  }

  for (const outcome of [envelope(404, 'x'), text(404, ''), json(404, { error: 'not found' })]) {
    it(`looks among the active tokens after ${JSON.stringify(outcome)}, which proves nothing`, async () => {
      const listed = { displayName: 'the name', authorizationId: idOf(1) };
      const list = (...patTokens: unknown[]) => json(200, { patTokens, continuationToken: '' });
      for (const [answer, name] of [
        [list(listed), 'the name'],
        [list(), undefined],
      ] as const) {
        const runtime = new FakeRuntime().script(outcome, answer);
        assert.equal((await patsOf(runtime.conversation()).get(idOf(1)))?.name, name);
      }
    });
  }

  for (const [what, outcome, code] of [
    ['a reason', patError('accessDenied'), 'pat-refused'],
    ['a 401', text(401, ''), 'not-signed-in'],
    ['a sign-in page', signInPage, 'not-signed-in'],
    ['a 403', envelope(403, 'x'), 'pat-refused'],
    ['another token', found({ authorizationId: idOf(2) }), 'response-malformed'],
    ['a token without an id', found({ authorizationId: undefined }), 'response-malformed'],
    ['a token without a name', found({ displayName: null }), 'response-malformed'],
    ['no token', json(200, { patToken: null }), 'response-malformed'],
    ['a list', json(200, { patTokens: [] }), 'response-malformed'],
    ['nothing', text(204, ''), 'response-malformed'],
  ] as const) {
    it(`fails after ${what}, as ${code}`, async () => assert.rejects(get(outcome), { code }));
  }
});

describe('pats: any answers', () => {
  it('to a creation are created, refused or unknown', async () => {
    const answers = fc.array(anyAnswer, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(answers, async (outcomes) => {
        const creation = await patsOf(runtimeAnswering(outcomes).conversation()).create(request);
        if (creation.kind === 'created') {
          assert.match(creation.pat.id, /^[0-9a-f-]{36}$/i);
          assert.ok(creation.pat.token.reveal() !== '' && !('token' in creation.pat.granted));
        } else {
          assertDiscreet(creation.error);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('to a list or to a look-up are well-formed tokens, or a TaskError', async () => {
    const answers = fc.array(anyAnswer, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(answers, async (outcomes) => {
        const isToken = (found: ListedPat) => {
          assert.equal(typeof found.name, 'string');
          assert.match(found.id, /^[0-9a-f-]{36}$/i);
          assert.ok(found.validFrom === undefined || Number.isFinite(found.validFrom), String(found.validFrom));
        };
        const runtime = runtimeAnswering(outcomes);
        try {
          for await (const found of patsOf(runtime.conversation(20_000)).active()) isToken(found);
        } catch (error) {
          assertDiscreet(error);
        }
        assert.ok(runtime.requests.length <= 50, `${runtime.requests.length} requests`);
        try {
          const found = await patsOf(runtimeAnswering(outcomes).conversation()).get(idOf(1));
          if (!found) return;
          isToken(found);
          assert.equal(found.id.toLowerCase(), idOf(1), 'another token than was asked for');
        } catch (error) {
          assertDiscreet(error);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
