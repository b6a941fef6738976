import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseOrganization } from '../../../../src/azure-devops/organization';
import { checkGranted, checkNotLonger, isShortened } from '../../../../src/azure-devops/tokens/granted';
import { TaskError } from '../../../../src/errors';
import { Secret } from '../../../../src/secret';
import { idOf, noon, patOf } from '../../../support/world';

const organization = parseOrganization('https://dev.azure.com/fabrikam', 'input-invalid');
const request = { name: 'the name', scope: 'vso.agentpools_manage', validTo: noon };
const granted = {
  displayName: 'the name',
  scope: 'vso.agentpools_manage',
  targetAccounts: ['38aaa865-2c70-4bf7-a308-0c6539c38c1a'],
  validTo: '2026-03-01T12:00:00Z',
};

function check(change: Record<string, unknown>, token = patOf(1)): number {
  const pat = { id: idOf(1), token: new Secret(token), granted: { ...granted, ...change } };
  return checkGranted(pat, request, organization);
}

const later = (milliseconds: number) => new Date(noon + milliseconds).toISOString();

describe('granted: checkGranted', () => {
  it('returns the expiry of what was granted as asked, however many fractions it is written with', () => {
    assert.equal(check({}), noon);
    assert.equal(check({ validTo: '2026-03-01T12:00:00.0033333Z' }), noon + 3);
    assert.equal(check({ validTo: '2026-03-01T13:00:00+01:00' }), noon);
  });

  it('lets clocks and roundings differ by two minutes, and no more', () => {
    assert.equal(check({ validTo: later(120_000) }), noon + 120_000);
    assert.throws(() => check({ validTo: later(120_001) }), { code: 'granted-more-than-asked', message: /until/ });
    assert.throws(() => check({ validTo: '9999-12-31T23:59:59Z' }), { code: 'granted-more-than-asked' });
  });

  it('accepts a shorter token', () => assert.equal(check({ validTo: later(-3_000_000) }), noon - 3_000_000));

  for (const scope of [
    'app_token',
    'vso.agentpools_manage vso.work',
    'VSO.agentpools_manage',
    '',
    undefined,
    null,
    7,
  ]) {
    it(`refuses the scope ${JSON.stringify(scope)}`, () => {
      assert.throws(() => check({ scope }), { code: 'granted-more-than-asked', message: /being revoked/ });
    });
  }

  for (const targetAccounts of [null, undefined, [], ['a', 'b'], 'a', { length: 1 }]) {
    it(`refuses the organizations ${JSON.stringify(targetAccounts)}`, () => {
      assert.throws(() => check({ targetAccounts }), { code: 'granted-more-than-asked', message: /one organization/ });
    });
  }

  for (const target of ['contoso', '', null, 7, { id: 'fabrikam' }]) {
    it(`refuses the organization ${JSON.stringify(target)}`, () => {
      assert.throws(() => check({ targetAccounts: [target] }), {
        code: 'granted-more-than-asked',
        message: /another organization/,
      });
    });
  }

  it('takes the organization by its name too', () => assert.equal(check({ targetAccounts: ['Fabrikam'] }), noon));

  for (const validTo of ['soon', '', undefined, null, noon, {}]) {
    it(`cannot read the expiry ${JSON.stringify(validTo)}`, () => {
      assert.throws(() => check({ validTo }), { code: 'response-malformed', message: /expiry/ });
    });
  }

  it('refuses a token of another name, and forgives a trimmed one or none', () => {
    assert.throws(() => check({ displayName: 'other' }), { code: 'response-malformed', message: /another name/ });
    assert.equal(check({ displayName: 'the name ' }), noon);
    assert.equal(check({ displayName: undefined }), noon);
  });

  for (const [what, token] of [
    ['of 19 characters', 'x'.repeat(19)],
    ['of 4097 characters', 'x'.repeat(4097)],
    ['with a space', `${'x'.repeat(20)} x`],
    ['with a line break', `${'x'.repeat(20)}\n`],
    ['with an umlaut', `${'x'.repeat(20)}ü`],
  ] as const) {
    it(`refuses a token ${what}, without repeating it`, () => {
      assert.throws(
        () => check({}, token),
        (error: TaskError) => error.code === 'response-malformed' && !error.message.includes(token),
      );
    });
  }

  it('accepts tokens from 20 to 4096 characters', () => {
    for (const length of [20, 52, 84, 4096]) assert.equal(check({}, 'x'.repeat(length)), noon);
  });

  it('returns an expiry that is not too late, or throws a TaskError that hides the token, for any answer', () => {
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.constant(undefined),
      fc.date({ noInvalidDate: true }).map((date) => date.toJSON()),
    );
    const change = fc.dictionary(fc.constantFrom('displayName', 'scope', 'targetAccounts', 'validTo'), anything, {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(change, (changed) => {
        try {
          assert.ok(check(changed) <= noon + 120_000);
        } catch (error) {
          assert.ok(error instanceof TaskError, String(error));
          assert.ok(!error.message.includes(patOf(1)));
          assert.doesNotMatch(error.message, /##\s*(vso)?\[|[\r\n]/i);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('granted: isShortened', () => {
  it('speaks up only where more than two minutes are missing', () => {
    assert.equal(isShortened(noon - 120_000, request), false);
    assert.equal(isShortened(noon - 120_001, request), true);
    assert.equal(isShortened(noon + 60_000, request), false);
  });
});

describe('granted: checkNotLonger', () => {
  const hour = 3_600_000;

  it('takes what lives as long as was asked by the clock of the service, and two minutes more', () => {
    for (const expires of [noon + 1, noon + hour, noon + hour + 120_000]) checkNotLonger(expires, noon, 60);
  });

  it('refuses what lives longer by that clock', () => {
    assert.throws(() => checkNotLonger(noon + hour + 120_001, noon, 60), {
      code: 'granted-more-than-asked',
      message: /until 2026-03-01T13:02:00.001Z instead of 2026-03-01T13:00:00.000Z/,
    });
  });

  it('refuses what has expired by that clock', () => {
    for (const expires of [noon, noon - hour]) {
      assert.throws(() => checkNotLonger(expires, noon, 60), { code: 'response-malformed', message: /had expired/ });
    }
  });
});
