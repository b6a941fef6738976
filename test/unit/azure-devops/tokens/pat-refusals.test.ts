import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isEnvelope, reasonOf } from '../../../../src/azure-devops/tokens/pat-answers';
import { patRefusal } from '../../../../src/azure-devops/tokens/pat-refusals';
import { type ErrorCode, remedies } from '../../../../src/errors';
import { Answer } from '../../../../src/http/answer';
import type { HttpOutcome } from '../../../../src/http/runtime';
import { Secret } from '../../../../src/secret';
import { envelope, json, patError, signInPage, text } from '../../../support/world';

/** Every SessionTokenError that is documented, and what it means for a reader. */
const table: [reason: string, code: ErrorCode, cause: RegExp][] = [
  ['displayNameRequired', 'pat-refused', /without a name/],
  ['invalidDisplayName', 'pat-refused', /name of the token/],
  ['invalidValidTo', 'pat-refused', /expiry/],
  ['invalidScope', 'pat-refused', /scope/],
  ['userIdRequired', 'not-signed-in', /user/],
  ['invalidUserId', 'not-signed-in', /user/],
  ['invalidUserType', 'issuer-not-a-user', /not a user/],
  ['accessDenied', 'pat-refused', /may not create/],
  ['failedToIssueAccessToken', 'pat-refused', /just now/],
  ['invalidClient', 'sign-in-app-misconfigured', /app/],
  ['invalidClientType', 'sign-in-app-misconfigured', /app/],
  ['invalidClientId', 'sign-in-app-misconfigured', /app/],
  ['invalidTargetAccounts', 'pat-refused', /organization/],
  ['hostAuthorizationNotFound', 'pat-refused', /token/],
  ['authorizationNotFound', 'pat-refused', /token/],
  ['failedToUpdateAccessToken', 'pat-refused', /just now/],
  ['sourceNotSupported', 'pat-refused', /address/],
  ['invalidSourceIP', 'pat-refused', /address/],
  ['invalidSource', 'pat-refused', /address/],
  ['duplicateHash', 'pat-refused', /just now/],
  ['sshPolicyDisabled', 'pat-refused', /SSH/],
  ['invalidToken', 'not-signed-in', /access token/],
  ['tokenNotFound', 'pat-refused', /token/],
  ['invalidAuthorizationId', 'pat-refused', /token/],
  ['failedToReadTenantPolicy', 'pat-refused', /just now/],
  ['globalPatPolicyViolation', 'pat-global-policy', /policy/],
  ['fullScopePatPolicyViolation', 'pat-scope-policy', /policy/],
  ['patLifespanPolicyViolation', 'pat-lifespan-policy', /lifespan/],
  ['invalidTokenType', 'not-signed-in', /access token/],
  ['invalidAudience', 'not-signed-in', /access token/],
  ['invalidSubject', 'not-signed-in', /access token/],
  ['deploymentHostNotSupported', 'pat-refused', /organization/],
  ['disablePatCreationPolicyViolation', 'pat-creation-restricted', /restricts who may create/],
  ['failedToReadOrgPolicy', 'pat-refused', /just now/],
  ['globalPATCreationBlocked', 'pat-global-policy', /policy/],
  ['expiredPatCannotBeExtended', 'pat-refused', /expired/],
];

function answerOf(outcome: HttpOutcome, secrets: Secret[] = []): Answer {
  assert.ok(outcome.kind === 'answer');
  return new Answer(outcome, { url: 'https://vssps.dev.azure.com/fabrikam/_apis/tokens/pats', secrets });
}

const refusal = (outcome: HttpOutcome) => patRefusal('Creating the token', answerOf(outcome));

describe('pat-refusals: documented reasons', () => {
  it('are all here', () => assert.equal(new Set(table.map(([reason]) => reason.toLowerCase())).size, 36));

  for (const [reason, code, cause] of table) {
    it(`${reason} is ${code}, in any case and with any status`, () => {
      const pascal = reason.charAt(0).toUpperCase() + reason.slice(1);
      for (const written of [reason, pascal, reason.toLowerCase(), reason.toUpperCase()]) {
        for (const status of [200, 400, 401, 403]) {
          const error = refusal(json(status, { patToken: null, patTokenError: written }));
          assert.equal(error.code, code);
          assert.match(error.what, cause);
          assert.match(error.what, new RegExp(`^Creating the token was refused: .* \\(${written}\\)\\.$`));
          assert.doesNotMatch(error.what, /no further reason/);
        }
      }
    });
  }

  it('say what a reader does next where the code alone would not', () => {
    assert.match(refusal(patError('invalidDisplayName')).remedy, /Rename the pipeline/);
    assert.match(refusal(patError('failedToReadTenantPolicy')).remedy, /again later/);
    assert.equal(refusal(patError('disablePatCreationPolicyViolation')).remedy, remedies['pat-creation-restricted']);
  });
});

describe('pat-refusals: other reasons', () => {
  it('are passed on by name, with what the service says', () => {
    const error = refusal(patError('moonPhaseViolation', 'The moon\r\nis wrong.'));
    assert.equal(error.code, 'pat-refused');
    assert.equal(error.what, 'Creating the token was refused: The moon is wrong. (moonPhaseViolation).');
    assert.match(refusal(patError('moonPhaseViolation')).what, /no further reason \(moonPhaseViolation\)/);
  });

  it('are passed on even where every object has such a field', () => {
    for (const reason of ['constructor', '__proto__', 'toString']) {
      const error = refusal(patError(reason));
      assert.equal(error.code, 'pat-refused');
      assert.match(error.what, new RegExp(`\\(${reason}\\)`));
    }
  });

  it('may be numbers, of which 0 is none', () => {
    assert.equal(reasonOf(answerOf(json(200, { patTokenError: 0 }))), undefined);
    assert.equal(reasonOf(answerOf(json(200, { patTokenError: 28 }))), '28');
  });

  for (const patTokenError of ['none', 'None', 'NONE', '', null, undefined, {}, false]) {
    it(`are none: ${JSON.stringify(patTokenError)}`, () => {
      assert.equal(reasonOf(answerOf(json(200, { patTokenError }))), undefined);
    });
  }
});

describe('pat-refusals: error statuses', () => {
  for (const [what, outcome, code, says] of [
    [
      'a service principal',
      envelope(403, 'Service principals are not allowed to call this API.'),
      'issuer-not-a-user',
      /user/,
    ],
    [
      'a token that is not from Entra',
      envelope(401, 'The requested operation is not allowed.'),
      'issuer-not-a-user',
      /user/,
    ],
    [
      'a user who has never signed in',
      envelope(403, 'TF401444: Please sign-in at least once as x.'),
      'not-signed-in',
      /TF401444/,
    ],
    [
      'a user who is not authorized',
      envelope(403, "TF400813: The user '' is not authorized."),
      'not-signed-in',
      /TF400813/,
    ],
    ['a 401', json(401, {}), 'not-signed-in', /answered 401/],
    ['a 401 without a body', text(401, ''), 'not-signed-in', /answered 401/],
    ['a sign-in page', signInPage, 'not-signed-in', /answered 203/],
    ['a redirect', text(302, 'Object moved'), 'not-signed-in', /answered 302/],
    ['HTML for a success', text(200, '<html>', { 'content-type': 'text/html' }), 'not-signed-in', /answered 200/],
    ['anything else', envelope(400, 'TF400898: An Internal Error Occurred.'), 'pat-refused', /answered 400 \(TF400898/],
    ['nothing at all', text(403, ''), 'pat-refused', /answered 403\.$/],
  ] as [string, HttpOutcome, ErrorCode, RegExp][]) {
    it(`name ${what} ${code}`, () => {
      const error = refusal(outcome);
      assert.equal(error.code, code);
      assert.match(error.what, says);
    });
  }

  it('are explained by the header where there is no body', () => {
    const header = (value: string) => refusal(text(403, '', { 'x-tfs-serviceerror': value }));
    assert.equal(header('TF401444%3A%20Please%20sign-in').code, 'not-signed-in');
    assert.match(header('TF401444%3A%20Please%20sign-in').what, /\(TF401444: Please sign-in\)/);
    assert.match(header('100 % wrong').what, /\(100 % wrong\)/);
    assert.doesNotMatch(header('%23%23vso[task.complete]%0A').message, /##|\n/);
  });

  it('differ from what something on the way says', () => {
    assert.equal(isEnvelope(answerOf(envelope(403, 'x'))), true);
    assert.equal(isEnvelope(answerOf(json(403, { typeKey: 'X' }))), true);
    for (const other of [text(403, '<html>'), json(403, {}), json(403, { message: 1 }), json(403, null)]) {
      assert.equal(isEnvelope(answerOf(other)), false);
    }
  });
});

describe('pat-refusals: any answer', () => {
  it('becomes one safe line without secrets', () => {
    const secret = new Secret('a-secret-token-0123456789');
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('##vso[task.complete]\n', 'tokenNotFound', `it is ${secret.reveal()}`),
      fc.constantFrom(...secret.travellingForms()),
    );
    const body = fc.dictionary(
      fc.constantFrom('patToken', 'patTokenError', 'patTokenErrorMessage', 'message', 'typeKey'),
      value,
    );
    const headers = fc.dictionary(
      fc.constantFrom('content-type', 'x-tfs-serviceerror'),
      fc.oneof(fc.string(), fc.constant(`%23%23${secret.reveal()}`)),
    );
    fc.assert(
      fc.property(body, headers, fc.integer({ min: 200, max: 599 }), (given, header, status) => {
        const error = patRefusal('Listing', answerOf(json(status, given, header), [secret]));
        assert.ok(error.code in remedies);
        assert.doesNotMatch(error.message, /##\s*(vso)?\[|[\r\n]/i);
        for (const form of secret.travellingForms()) assert.ok(!error.message.includes(form), error.message);
      }),
      { numRuns: 1000 },
    );
  });
});
