import assert from 'node:assert/strict';
import fc from 'fast-check';
import { remedies } from '../../../../src/errors';
import { Answer } from '../../../../src/http/answer';
import type { HttpOutcome } from '../../../../src/http/runtime';
import { Secret } from '../../../../src/secret';
import { isPassingRefusal, refusal } from '../../../../src/sign-in/refusals/refusals';
import { json, text } from '../../../support/world';

/** What Microsoft documents about its numbers, and what it means for a reader. */
const table: [numbers: number[], code: keyof typeof remedies, cause: RegExp, remedy: RegExp][] = [
  [
    [70008, 700081, 700082, 700084, 70043, 50133],
    'sign-in-expired',
    /refresh token has expired/,
    /Sign in as that user again/,
  ],
  [[50173, 50132, 9002341], 'sign-in-expired', /sign-in was revoked/, /Sign in as that user again/],
  [
    [50076, 50079, 50074, 50072, 50078, 50158, 50097, 50131, 53011, 500121, 530034, 530035],
    'sign-in-interaction-required',
    /multi-factor/,
    /Ask the Entra administrator/,
  ],
  [
    [53000, 53001, 53002, 53003, 53004, 530003],
    'sign-in-interaction-required',
    /conditional access/,
    /Ask the Entra administrator/,
  ],
  [[65001, 65004, 90094], 'sign-in-app-misconfigured', /lack consent/, /Grant consent.*vso\.pats.*vso\.pats_manage/],
  [[700016, 90002, 70001, 7000112], 'sign-in-app-misconfigured', /no such app or tenant/, /tenantId and clientId/],
  [[7000215, 7000222, 7000218], 'sign-in-app-misconfigured', /secret of the app/, /new client secret/],
  [[70011, 500011], 'sign-in-app-misconfigured', /permissions/, /vso\.pats/],
  [
    [70021, 700211, 700212, 700213, 700223, 70052, 700027],
    'sign-in-app-misconfigured',
    /federated credential/,
    /issuer, subject and audience/,
  ],
  [[50034, 50053, 50055, 50057, 50105, 50126], 'sign-in-rejected', /locked, disabled/, /account of the user/],
  [[700024], 'sign-in-app-misconfigured', /clock/, /clock of the agent/],
  [[7002138], 'sign-in-app-misconfigured', /capitals/, /exactly as it was presented/],
  [[700025, 9002327], 'sign-in-app-misconfigured', /public client or of a single-page app/, /platform Web/],
  [[650052, 650056, 7000012, 900023], 'sign-in-app-misconfigured', /another tenant/, /tenantId/],
  [[50020], 'sign-in-rejected', /guest/, /member of the tenant/],
  [[90033, 90006, 90024, 50166, 90061], 'network', /just now/, /again later/],
];

const trace = {
  trace_id: '11111111-aaaa-bbbb-cccc-000000000001',
  correlation_id: '22222222-aaaa-bbbb-cccc-000000000002',
};

function answerOf(outcome: HttpOutcome, secrets: Secret[] = []): Answer {
  assert.ok(outcome.kind === 'answer');
  return new Answer(outcome, { url: 'https://login.microsoftonline.com/t/oauth2/v2.0/token', secrets });
}

function refused(body: Record<string, unknown>, status = 400): Answer {
  return answerOf(json(status, { error: 'invalid_grant', ...trace, ...body }));
}

describe('entra-refusals: the numbers of Entra', () => {
  for (const [numbers, code, cause, remedy] of table) {
    for (const number of numbers) {
      it(`AADSTS${number} is ${code}`, () => {
        const description = `AADSTS${number}: Something. Trace ID: x Correlation ID: y`;
        for (const answer of [
          refused({ error_codes: [number], error_description: description }),
          refused({ error_codes: [number] }, 401),
          refused({ error_codes: [String(number)] }, 401),
          refused({ error_description: description }),
          refused({ error_codes: ['x'], error_description: description }),
        ]) {
          const error = refusal(answer);
          assert.equal(error.code, code);
          assert.match(error.what, cause);
          assert.match(error.remedy, remedy);
          assert.match(
            error.what,
            new RegExp(`\\(AADSTS${number}, trace id ${trace.trace_id}, correlation id ${trace.correlation_id}\\)`),
          );
          assert.equal(isPassingRefusal(answer), code === 'network');
        }
      });
    }
  }

  it('that are unknown here are rejected under their own number, with what Entra says', () => {
    const error = refusal(refused({ error_codes: [999999], error_description: 'AADSTS999999: The moon is wrong.' }));
    assert.equal(error.code, 'sign-in-rejected');
    assert.match(error.what, /The moon is wrong\. \(AADSTS999999, trace id/);
    assert.equal(error.remedy, remedies['sign-in-rejected']);
  });

  it('are taken from the list before the text', () => {
    assert.equal(
      refusal(refused({ error_codes: [70008], error_description: 'AADSTS50076: x' })).code,
      'sign-in-expired',
    );
  });
});

describe('entra-refusals: other refusals', () => {
  for (const name of ['temporarily_unavailable', 'server_error']) {
    it(`${name} passes`, () => {
      const answer = refused({ error: name });
      assert.equal(isPassingRefusal(answer), true);
      assert.equal(refusal(answer).code, 'network');
      assert.match(refusal(answer).what, new RegExp(name));
    });
  }

  it('a known number decides even where the name says that it passes', () => {
    assert.equal(isPassingRefusal(refused({ error: 'server_error', error_codes: [50076] })), false);
  });

  for (const [error, code, remedy] of [
    ['invalid_client', 'sign-in-app-misconfigured', /clientId and clientSecret/],
    ['unauthorized_client', 'sign-in-app-misconfigured', /clientId/],
    ['invalid_scope', 'sign-in-app-misconfigured', /vso\.pats/],
    ['invalid_grant', 'sign-in-expired', /Sign in as that user again/],
    ['interaction_required', 'sign-in-interaction-required', /administrator/],
    ['consent_required', 'sign-in-app-misconfigured', /consent/],
    ['temporarily_unavailable', 'network', /again later/],
    ['odd_error', 'sign-in-rejected', /trace id/],
  ] as const) {
    it(`without a number go by the name that OAuth gives them: ${error}`, () => {
      const refusal_ = refusal(refused({ error }));
      assert.equal(refusal_.code, code);
      assert.match(refusal_.remedy, remedy);
      assert.match(refusal_.what, new RegExp(`\\(${error}, trace id`));
    });
  }

  it('with a number that is not known do not go by a name that stands for many', () => {
    assert.equal(refusal(refused({ error: 'invalid_grant', error_codes: [999999] })).code, 'sign-in-rejected');
  });

  it('without a trace id do not say where to look it up', () => {
    const { remedy } = refusal(answerOf(json(400, { error: 'odd_error' })));
    assert.doesNotMatch(remedy, /trace id/);
  });

  it('name the kind of a sub-error', () => {
    assert.match(refusal(refused({ error_codes: [50076], suberror: 'basic_action' })).what, /suberror basic_action/);
  });

  for (const outcome of [
    text(200, '<html>'),
    json(200, {}),
    json(400, { error: 7 }),
    json(302, null),
    json(400, ['x']),
  ]) {
    it(`without token and reason are malformed: ${JSON.stringify(outcome)}`, () => {
      const error = refusal(answerOf(outcome));
      assert.equal(error.code, 'response-malformed');
      assert.match(error.what, /login\.microsoftonline\.com was answered \d+ with neither/);
      assert.equal(isPassingRefusal(answerOf(outcome)), false);
    });
  }

  it('are one safe line without secrets, for any answer of Entra', () => {
    const secret = new Secret('0.refresh-token-of-the-user');
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('##vso[task.complete]\n', 'AADSTS700082', [700082], [1e99], [-1], [null], secret.reveal()),
      fc.constantFrom(...secret.travellingForms().map((form) => `it was ${form}.`)),
    );
    const body = fc.dictionary(
      fc.constantFrom('error', 'error_codes', 'error_description', 'suberror', 'trace_id', 'correlation_id'),
      value,
    );
    fc.assert(
      fc.property(body, fc.integer({ min: 200, max: 599 }), (given, status) => {
        const error = refusal(answerOf(json(status, given), [secret]));
        assert.ok(error.code in remedies);
        assert.doesNotMatch(error.message, /##\s*(vso)?\[|[\r\n]/i);
        for (const form of secret.travellingForms()) assert.ok(!error.message.includes(form), error.message);
      }),
      { numRuns: 1000 },
    );
  });
});
