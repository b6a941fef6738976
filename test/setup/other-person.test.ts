import assert from 'node:assert/strict';
import { refuseOtherPerson } from '../../setup/browser/redeem';
import { Secret } from '../../src/secret';

const expected = {
  userId: '0f8fad5b-d9cb-469f-a165-70867728950e',
  upn: 'user@contoso.com',
  tenantId: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
};
const other = '11111111-2222-4333-8444-555555555555';

function token(claims: object): Secret {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return new Secret(`${part({ alg: 'RS256' })}.${part(claims)}.signature`);
}

describe('whoever signed in', () => {
  it('is taken if it is the user, in the tenant, in any case of their ids', () => {
    refuseOtherPerson(token({ tid: expected.tenantId.toUpperCase(), oid: expected.userId.toUpperCase() }), expected);
  });

  const refused: [string, Secret, RegExp][] = [
    [
      'another person of the tenant',
      token({ tid: expected.tenantId, oid: other }),
      /Another person than user@contoso\.com/,
    ],
    ['the same id in another tenant', token({ tid: other, oid: expected.userId }), /tenant 11111111/],
    ['a token that names no user', token({ tid: expected.tenantId }), /does not say who/],
    ['a token that cannot be read', new Secret('opaque'), /does not say who/],
  ];
  for (const [what, accessToken, message] of refused) {
    it(`is refused if it is ${what}`, () => {
      assert.throws(() => refuseOtherPerson(accessToken, expected), message);
    });
  }
});
