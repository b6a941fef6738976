import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  checkNotFound,
  checkSameCredential,
  checkSameUser,
  describeTokens,
} from '../../../../src/agent-pool-token/lease/checks';
import { type Lease, readLease } from '../../../../src/agent-pool-token/lease/lease';
import { OpenLease } from '../../../../src/agent-pool-token/lease/open-lease';
import { TaskError } from '../../../../src/errors';
import { ada, bob, FakePipeline, idOf, userOf } from '../../../support/world';

const nameOf = (unique: string) => `agent-pool-token b4711 j12f1170f a1 ${unique.padEnd(10, 'a')} Nightly`;
const [one, two] = [nameOf('one'), nameOf('two')];
const asked = { on: '2026-03-01T12:00:00.000Z', uptime: 86_400_000 };
const expiresOn = '2026-03-01T13:00:00.000Z';

const name = 'agentPoolTokenLease';
const terms = {
  organization: 'https://vssps.dev.azure.com/fabrikam',
  connection: 'endpoint-1',
  revoke: true,
  onRevokeFailure: 'fail' as const,
};
const whole: Lease = {
  ...terms,
  user: userOf(ada),
  tokens: [{ name: one, id: idOf(1), expiresOn, asked, publishedAs: 'TOKEN' }, { name: two }],
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
    lease.add(one);
    assert.deepEqual(readLease(pipeline), { ...terms, tokens: [{ name: one }], isOwn: true });
    lease.noteRequest(one, asked, userOf(ada));
    lease.learn(one, { id: idOf(1), expiresOn });
    lease.add(two);
    lease.publish(one, 'TOKEN');
    assert.deepEqual(readLease(pipeline), { ...whole, isOwn: true });
    assert.deepEqual(lease.current, whole);
    assert.equal(pipeline.events.length, 5);
  });

  it('learns nothing from an unknown user, and nothing about a token that is not in it', () => {
    const pipeline = new FakePipeline();
    const lease = new OpenLease(pipeline, terms);
    lease.add(one);
    lease.noteRequest(one, asked, undefined);
    assert.equal(readLease(pipeline)?.user, undefined);
    lease.learn('other', { id: idOf(1) });
    assert.deepEqual(readLease(pipeline)?.tokens, [{ name: one, asked }]);
  });

  it('is empty once the last token is gone, so that post stays quiet', () => {
    const pipeline = new FakePipeline();
    const lease = new OpenLease(pipeline, terms);
    lease.add(one);
    lease.add(two);
    lease.drop(one);
    assert.deepEqual(readLease(pipeline)?.tokens, [{ name: two }]);
    lease.drop(two);
    assert.equal(pipeline.taskVariables[name], '');
    assert.equal(readLease(pipeline), undefined);
  });
});

describe('lease: what an earlier attempt left', () => {
  it('goes before what is new, and is written at once', () => {
    const pipeline = new FakePipeline();
    const lease = new OpenLease(pipeline, terms);
    lease.add(nameOf('new'));
    lease.inherit([{ name: nameOf('old') }, { name: nameOf('older'), id: idOf(2) }]);
    assert.deepEqual(readLease(pipeline)?.tokens, [
      { name: nameOf('old') },
      { name: nameOf('older'), id: idOf(2) },
      { name: nameOf('new') },
    ]);
    assert.equal(pipeline.events.length, 2);
  });

  it('stays once what is new is gone', () => {
    const pipeline = new FakePipeline();
    const lease = new OpenLease(pipeline, terms);
    lease.inherit([{ name: nameOf('old') }]);
    lease.add(nameOf('new'));
    lease.drop(nameOf('new'));
    assert.deepEqual(readLease(pipeline)?.tokens, [{ name: nameOf('old') }]);
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

  it('reads a whole lease, and one of an unknown user', () => {
    assert.deepEqual(readLease(left(whole)), { ...whole, isOwn: false });
    const { user, ...anonymous } = whole;
    assert.equal(user, userOf(ada));
    assert.deepEqual(readLease(left(anonymous)), { ...anonymous, isOwn: false });
  });

  describe('of tokens that another job made', () => {
    const stranger = one.replace('b4711', 'b99');
    const foreign: Lease = { ...terms, tokens: [{ name: one }, { name: stranger, id: idOf(9) }] };
    const sealed = (seal: string, lease: Lease = foreign) => left({ ...lease, seal });

    it('is refused where this job did not write it', () => {
      for (const pipeline of [left(foreign), sealed(''), sealed(new FakePipeline().seal('something else'))]) {
        assert.throws(() => readLease(pipeline), {
          code: 'lease-mismatch',
          message: /another job.*VSTS_TASKVARIABLE_/,
        });
      }
    });

    it('is refused where this job wrote another one, and a later step changed a token in it', () => {
      const pipeline = new FakePipeline();
      new OpenLease(pipeline, terms).add(one);
      pipeline.taskVariables[name] = (pipeline.taskVariables[name] ?? '').replace('b4711', 'b99');
      assert.throws(() => readLease(pipeline), { code: 'lease-mismatch' });
    });

    it('is believed where this job wrote it, although a later step changed the variables that say which job this is', () => {
      const pipeline = new FakePipeline();
      new OpenLease(pipeline, terms).add(one);
      pipeline.variables['Build.BuildId'] = '99';
      assert.equal(readLease(pipeline)?.isOwn, true);
    });

    it('is believed where a variable may stand for the job token that decides this', () => {
      const pipeline = left(foreign);
      pipeline.variables.ENDPOINT_AUTH_SYSTEMVSSCONNECTION = '{}';
      assert.equal(readLease(pipeline)?.isOwn, false);
    });
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
    ['a variable that is no text', { ...whole, tokens: [{ name: one, publishedAs: 7 }] }],
    ['another ending', { ...whole, onRevokeFailure: 'pass' }],
    ['a user that is none', { ...whole, user: 'somebody' }],
    ['an organization of two lines', { ...whole, organization: 'https://a\n##vso[x]' }],
    ['no tokens', { ...whole, tokens: undefined }],
    ['an empty list of tokens', { ...whole, tokens: [] }],
    ['a token that is null', { ...whole, tokens: [null] }],
    ['a token that is text', { ...whole, tokens: [one] }],
    ['a token without a name', { ...whole, tokens: [{ id: idOf(1) }] }],
    ['a name that this extension did not write', { ...whole, tokens: [{ name: 'laptop' }] }],
    ['an id that is no text', { ...whole, tokens: [{ name: one, id: 1 }] }],
    ['an id that is none', { ...whole, tokens: [{ name: one, id: 'x' }] }],
    ['an id with a command in it', { ...whole, tokens: [{ name: one, id: `${idOf(1)}\n##vso[x]` }] }],
    ['an expiry that is no text', { ...whole, tokens: [{ name: one, expiresOn: 1 }] }],
    ['an expiry that is none', { ...whole, tokens: [{ name: one, expiresOn: 'soon\n##vso[x]' }] }],
    ['a moment that is none', { ...whole, tokens: [{ name: one, asked: 'noon' }] }],
    ['a moment without an uptime', { ...whole, tokens: [{ name: one, asked: { on: asked.on } }] }],
    ['a moment before the machine started', { ...whole, tokens: [{ name: one, asked: { ...asked, uptime: -1 } }] }],
  ] as const) {
    it(`refuses ${what}, and says how to find the tokens`, () => {
      assert.throws(() => readLease(left(value)), { code: 'lease-mismatch', message: /"agent-pool-token"/ });
    });
  }

  it('reads or refuses any text that stands there', () => {
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
        message: new RegExp(`"${one}" \\(id ${idOf(1)}, expires ${expiresOn}\\)`),
      });
    }
  });

  it('is the same user, where both are known', () => {
    checkSameUser(whole, userOf(ada));
    checkSameUser(whole, undefined);
    checkSameUser({ ...terms, tokens: [] }, userOf(bob));
    assert.throws(() => checkSameUser(whole, userOf(bob)), { code: 'lease-mismatch', message: /Another user/ });
  });
});

describe('lease: whose "not found" counts', () => {
  const anonymous: Lease = { ...terms, tokens: whole.tokens };

  it('is the owner, and any user where the owner is unknown', () => {
    checkNotFound(whole, userOf(ada), [one]);
    checkNotFound(anonymous, userOf(ada), [one]);
    checkNotFound(anonymous, undefined, [one]);
  });

  it('is no unknown user', () => {
    for (const user of [undefined, userOf(bob), '']) {
      assert.throws(() => checkNotFound(whole, user, [one]), {
        code: 'lease-mismatch',
        message: /cannot be known whether token .* is gone/,
      });
    }
  });

  it('does not matter where everything was found', () => {
    checkNotFound(whole, undefined, []);
    checkNotFound(whole, userOf(bob), []);
  });
});

describe('lease: describeTokens', () => {
  it('states name, id and expiry, as far as they are known', () => {
    const described = `token "${one}" (id ${idOf(1)}, expires ${expiresOn}) and token "${two}"`;
    assert.equal(describeTokens(whole), described);
    assert.equal(describeTokens({ tokens: [{ name: 'a', id: 'x' }] }), 'token "a" (id x)');
  });
});
