import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseOrganization } from '../../../../src/azure-devops/organization';
import { Pats } from '../../../../src/azure-devops/tokens/pats';
import { type RevocableToken, revokeTokens } from '../../../../src/azure-devops/tokens/revoke-tokens';
import type { TaskError } from '../../../../src/errors';
import type { Conversation } from '../../../../src/http/conversation';
import type { HttpOutcome } from '../../../../src/http/runtime';
import { Secret } from '../../../../src/secret';
import { anyAnswer, assertDiscreet, runtimeAnswering } from '../../../support/hostile-answers';
import { adasToken, envelope, FakeRuntime, idOf, json, patError, signInPage, text } from '../../../support/world';

const organization = parseOrganization('https://dev.azure.com/fabrikam', 'input-invalid');
const patsOf = (conversation: Conversation) => new Pats(conversation, organization, async () => new Secret(adasToken));

describe('revocation', () => {
  const page = (tokens: [name: string, number: number][], continuationToken: unknown = '') =>
    json(200, {
      continuationToken,
      patTokens: tokens.map(([displayName, number]) => ({ displayName, authorizationId: idOf(number) })),
    });

  async function revoke(tokens: RevocableToken[], ...outcomes: HttpOutcome[]) {
    const runtime = new FakeRuntime().script(...outcomes);
    const promise = revokeTokens(patsOf(runtime.conversation()), tokens);
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
      [{ name: 'b' }],
      page([['b', 1]], 'p/2 +'),
      page([['b', 2]], 'p3'),
      page([]),
      text(204, ''),
      text(204, ''),
    );
    assert.deepEqual(outcome, { revoked: ['b', 'b'], notFound: [] });
    assert.match(sent[1] ?? '', /continuationToken=p%2F2\+%2B&/);
    assert.match(sent[1] ?? '', /displayFilterOption=active/);
    assert.equal(sent.length, 5);
  });

  it('looks again where several pages do not have it all, since what others revoke may shift them', async () => {
    const { outcome, sent } = await revoke(
      [{ name: 'b' }, { name: 'c' }, { name: 'd' }],
      page([['c', 3]], '2'),
      page([['x', 9]]),
      page([['b', 2]], '2'),
      page([['c', 3]]),
      text(204, ''),
      text(204, ''),
    );
    assert.deepEqual(outcome, { revoked: ['c', 'b'], notFound: ['d'] });
    assert.equal(sent.length, 6);
  });

  it('takes no token for gone that two pages hide from each other', async () => {
    const { error, sent } = await revoke(
      [{ name: 'b', id: idOf(2) }],
      text(404, ''),
      page([['a', 1]], '2'),
      page([]),
      page([['b', 2]], '2'),
      page([['a', 1]]),
    );
    assert.equal(error?.code, 'revoke-failed');
    assert.equal(sent.length, 5);
  });

  it('goes on at a continuation that is a number, and fails at one that cannot be sent back', async () => {
    const { outcome } = await revoke([{ name: 'b' }], page([], 7), page([['b', 1]]), text(204, ''));
    assert.deepEqual(outcome?.revoked, ['b']);
    const { error } = await revoke([{ name: 'b' }], page([], { next: 7 }));
    assert.equal(error?.code, 'response-malformed');
  });

  it('ends where there is no continuation', async () => {
    for (const continuation of [null, undefined, '']) {
      assert.deepEqual((await revoke([{ name: 'b' }], page([], continuation))).outcome?.notFound, ['b']);
    }
  });

  const ours = 'agent-pool-token b1 j0a1b2c3d a1 abcdefghij My pipeline';

  it('skips tokens of other programs that lack their id, and those without a name', async () => {
    const patTokens = [
      { displayName: 'another' },
      { displayName: 'another', authorizationId: '../x' },
      { displayName: null, authorizationId: idOf(1) },
    ];
    assert.deepEqual((await revoke([{ name: ours }], json(200, { patTokens }))).outcome?.notFound, [ours]);
  });

  for (const entry of [
    null,
    1,
    'b',
    {},
    { displayName: 1 },
    { displayName: ours },
    { displayName: ours, authorizationId: `{${idOf(1)}}` },
  ]) {
    it(`believes no list that holds ${JSON.stringify(entry)}, which may be the token`, async () => {
      const { outcome, error } = await revoke([{ name: ours }], json(200, { patTokens: [entry] }));
      assert.equal(outcome, undefined);
      assert.equal(error?.code, 'response-malformed');
    });
  }

  it('finds an active token by its id also where its name cannot be read', async () => {
    const patTokens = [{ displayName: null, authorizationId: idOf(1).toUpperCase() }];
    const { error } = await revoke([{ name: ours, id: idOf(1) }], text(404, ''), json(200, { patTokens }));
    assert.equal(error?.code, 'revoke-failed');
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
    await assert.rejects(revokeTokens(patsOf(runtime.conversation(20_000)), [{ name: 'b' }]), { code: 'timed-out' });
    assert.ok(runtime.requests.length <= 101, `${runtime.requests.length} requests`);
  });

  it('reads a list to its end before it revokes anything of it, because that would shift its pages', async () => {
    const { sent } = await revoke(
      [{ name: 'b' }],
      page([['b', 1]], '2'),
      page([['b', 2]], '3'),
      page([['c', 3]]),
      text(204, ''),
      text(204, ''),
    );
    assert.deepEqual(
      sent.map((line) => line.split(' ')[0]),
      ['GET', 'GET', 'GET', 'DELETE', 'DELETE'],
    );
  });

  it('revokes what it found before the list failed, and then reports that failure', async () => {
    const { error, sent } = await revoke(
      [{ name: 'b' }, { name: 'c' }],
      page([['b', 1]], '2'),
      patError('accessDenied'),
      text(204, ''),
    );
    assert.equal(error?.code, 'pat-refused');
    assert.deepEqual(
      sent.map((line) => line.split(' ')[0]),
      ['GET', 'GET', 'DELETE'],
    );
  });

  it('looks for several names in one list', async () => {
    const { outcome, sent } = await revoke(
      [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
      page([
        ['c', 3],
        ['x', 9],
        ['a', 1],
      ]),
      text(204, ''),
      text(204, ''),
    );
    assert.deepEqual(outcome, { revoked: ['c', 'a'], notFound: ['b'] });
    assert.equal(sent.length, 3);
  });
});

describe('revocation: any answers', () => {
  it('to revocations end in time, as a well-formed outcome or a TaskError', async () => {
    const tokens: RevocableToken[] = [{ name: 'the name' }, { name: 'other', id: idOf(1) }];
    const answers = fc.array(anyAnswer, { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(answers, async (outcomes) => {
        const runtime = runtimeAnswering(outcomes);
        try {
          const { revoked, notFound } = await revokeTokens(patsOf(runtime.conversation(20_000)), tokens);
          for (const name of [...revoked, ...notFound]) assert.ok(tokens.some((known) => known.name === name));
          for (const { name } of tokens) assert.ok(revoked.includes(name) || notFound.includes(name), name);
        } catch (error) {
          assertDiscreet(error);
        }
        assert.ok(runtime.requests.length <= 50, `${runtime.requests.length} requests`);
      }),
      { numRuns: 1000 },
    );
  });
});
