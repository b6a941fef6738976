import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  checkNotFound,
  checkSameCredential,
  checkSameUser,
  describeTokens,
  type Lease,
  OpenLease,
  readLease,
} from '../../../src/agent-pool-token/lease';
import { TaskError } from '../../../src/errors';
import { FakePipeline } from '../../support/world';

const name = 'agentPoolTokenLease';
const terms = { organization: 'https://vssps.dev.azure.com/fabrikam', connection: 'endpoint-1', revoke: true };
const whole: Lease = {
  ...terms,
  user: 't/o',
  published: true,
  tokens: [{ name: 'one', id: 'id-1', expiresOn: '2026-03-01T13:00:00.000Z' }, { name: 'two' }],
};

function left(value: unknown): FakePipeline {
  const pipeline = new FakePipeline();
  pipeline.taskVariables[name] = typeof value === 'string' ? value : JSON.stringify(value);
  return pipeline;
}

describe('lease: what main holds', () => {
  it('is written as a whole at every change, and reads back the same', () => {
    const pipeline = new FakePipeline();
    const lease = new OpenLease(pipeline, terms);
    assert.equal(pipeline.events.length, 0, 'nothing is written before there is a token');
    lease.add('one');
    assert.deepEqual(readLease(pipeline), { ...terms, published: false, tokens: [{ name: 'one' }] });
    lease.learnUser('t/o');
    lease.learnToken({ name: 'one', id: 'id-1', expiresOn: '2026-03-01T13:00:00.000Z' });
    lease.add('two');
    lease.publish();
    assert.deepEqual(readLease(pipeline), whole);
    assert.deepEqual(lease.current, whole);
    assert.equal(pipeline.events.length, 5);
  });

  it('learns nothing from a user whom nobody knows, and nothing about a token that is not in it', () => {
    const pipeline = new FakePipeline();
    const lease = new OpenLease(pipeline, terms);
    lease.add('one');
    lease.learnUser(undefined);
    assert.equal(pipeline.events.length, 1);
    lease.learnToken({ name: 'other', id: 'x' });
    assert.deepEqual(readLease(pipeline)?.tokens, [{ name: 'one' }]);
  });

  it('is empty once the last token is gone, so that post stays quiet', () => {
    const pipeline = new FakePipeline();
    const lease = new OpenLease(pipeline, terms);
    lease.add('one');
    lease.add('two');
    lease.drop('one');
    assert.deepEqual(readLease(pipeline)?.tokens, [{ name: 'two' }]);
    lease.drop('two');
    assert.equal(pipeline.taskVariables[name], '');
    assert.equal(readLease(pipeline), undefined);
  });
});

describe('lease: what an earlier attempt left', () => {
  it('goes before what is new, and is written at once', () => {
    const pipeline = new FakePipeline();
    const lease = new OpenLease(pipeline, terms);
    lease.add('new');
    lease.inherit([{ name: 'old' }, { name: 'older', id: 'x' }]);
    assert.deepEqual(readLease(pipeline)?.tokens, [{ name: 'old' }, { name: 'older', id: 'x' }, { name: 'new' }]);
    assert.equal(pipeline.events.length, 2);
  });

  it('stays once what is new is gone', () => {
    const pipeline = new FakePipeline();
    const lease = new OpenLease(pipeline, terms);
    lease.inherit([{ name: 'old' }]);
    lease.add('new');
    lease.drop('new');
    assert.deepEqual(readLease(pipeline)?.tokens, [{ name: 'old' }]);
  });

  it('is replaced by nothing where there is nothing to take over', () => {
    const pipeline = new FakePipeline();
    pipeline.taskVariables[name] = JSON.stringify(whole);
    new OpenLease(pipeline, terms).inherit([]);
    assert.equal(readLease(pipeline), undefined);
  });
});

describe('lease: reading', () => {
  it('finds nothing where nothing was left', () => assert.equal(readLease(new FakePipeline()), undefined));

  it('reads a whole lease, and one of a user whom nobody knows', () => {
    assert.deepEqual(readLease(left(whole)), whole);
    const { user, ...anonymous } = whole;
    assert.equal(user, 't/o');
    assert.deepEqual(readLease(left(anonymous)), anonymous);
  });

  for (const [what, value] of [
    ['no JSON', '{"organization":'],
    ['null', 'null'],
    ['a number', '1'],
    ['a list', '[]'],
    ['no organization', { ...whole, organization: undefined }],
    ['a connection that is no text', { ...whole, connection: 1 }],
    ['a user that is no text', { ...whole, user: null }],
    ['a decision that is no boolean', { ...whole, revoke: 'true' }],
    ['an unknown state', { ...whole, published: undefined }],
    ['no tokens', { ...whole, tokens: undefined }],
    ['an empty list of tokens', { ...whole, tokens: [] }],
    ['a token that is null', { ...whole, tokens: [null] }],
    ['a token that is text', { ...whole, tokens: ['one'] }],
    ['a token without a name', { ...whole, tokens: [{ id: 'x' }] }],
    ['an id that is no text', { ...whole, tokens: [{ name: 'x', id: 1 }] }],
    ['an expiry that is no text', { ...whole, tokens: [{ name: 'x', expiresOn: 1 }] }],
  ] as const) {
    it(`refuses ${what}, and says how to find the tokens`, () => {
      assert.throws(() => readLease(left(value)), { code: 'lease-mismatch', message: /"agent-pool-token"/ });
    });
  }

  it('reads or refuses whatever stands there', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        try {
          readLease(left(text));
        } catch (error) {
          assert.ok(error instanceof TaskError && error.code === 'lease-mismatch');
        }
      }),
    );
  });
});

describe('lease: who may revoke', () => {
  it('is the same connection in the same organization', () => {
    checkSameCredential(whole, terms.organization, terms.connection);
    for (const [organization, connection] of [
      ['https://vssps.dev.azure.com/contoso', terms.connection],
      [terms.organization, 'endpoint-2'],
    ] as const) {
      assert.throws(() => checkSameCredential(whole, organization, connection), {
        code: 'lease-mismatch',
        message: /"one" \(id id-1, expires 2026-03-01T13:00:00.000Z\)/,
      });
    }
  });

  it('is the same user, where both are known', () => {
    checkSameUser(whole, 't/o');
    checkSameUser(whole, undefined);
    checkSameUser({ ...terms, published: true, tokens: [] }, 't/p');
    assert.throws(() => checkSameUser(whole, 't/p'), { code: 'lease-mismatch', message: /Another user.*"one"/ });
  });
});

describe('lease: who may be believed that nothing is there', () => {
  const anonymous: Lease = { ...terms, published: true, tokens: whole.tokens };

  it('is the owner, and anybody where nobody knows the owner', () => {
    checkNotFound(whole, 't/o', ['one']);
    checkNotFound(anonymous, 't/o', ['one']);
    checkNotFound(anonymous, undefined, ['one']);
  });

  it('is nobody whom nobody knows', () => {
    for (const user of [undefined, 't/p', '']) {
      assert.throws(() => checkNotFound(whole, user, ['one']), {
        code: 'lease-mismatch',
        message: /Nobody can tell whether token "one" .* is gone/,
      });
    }
  });

  it('does not matter where everything was found', () => {
    checkNotFound(whole, undefined, []);
    checkNotFound(whole, 't/p', []);
  });
});

describe('lease: describeTokens', () => {
  it('tells name, id and expiry, as far as they are known', () => {
    assert.equal(describeTokens(whole), 'token "one" (id id-1, expires 2026-03-01T13:00:00.000Z) and token "two"');
    assert.equal(describeTokens({ ...whole, tokens: [{ name: 'a', id: 'x' }] }), 'token "a" (id x)');
  });
});
