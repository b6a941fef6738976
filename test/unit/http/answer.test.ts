import assert from 'node:assert/strict';
import { Answer } from '../../../src/http/answer';
import type { HttpOutcome } from '../../../src/http/runtime';
import { Secret } from '../../../src/secret';
import { json, patOf, text } from '../../support/world';

const token = patOf(1);
const fine = json(200, {});

describe('answer', () => {
  const answer = (outcome: HttpOutcome) => {
    assert.ok(outcome.kind === 'answer');
    return new Answer(outcome, { url: 'https://dev.azure.com/fabrikam', secrets: [new Secret(token)] });
  };

  it('reads JSON, also behind a byte order mark', () => {
    assert.deepEqual(answer(text(200, '\ufeff{"a":1}')).json, { a: 1 });
    assert.equal(answer(text(200, 'not json')).json, undefined);
  });

  it('gives fields of objects alone, and none that every object has', () => {
    assert.equal(answer(json(200, { a: 1 })).field('a'), 1);
    assert.equal(answer(json(200, { a: 1 })).field('toString'), undefined);
    for (const value of [null, 1, 'a', [1]]) assert.equal(answer(json(200, value)).field('a'), undefined);
    assert.equal(answer(text(200, '')).field('a'), undefined);
  });

  it('knows an empty body', () => {
    assert.equal(answer(text(200, ' \n')).empty, true);
    assert.equal(answer(text(200, '{}')).empty, false);
  });

  it('quotes texts of the server without secrets, even where they would be cut', () => {
    const quoting = answer(fine);
    assert.equal(quoting.quote(7), '');
    assert.equal(quoting.quote('bad\n##vso[x]token'), 'bad token');
    for (const form of new Secret(token).travellingForms()) {
      const quote = quoting.quote(`${'x'.repeat(290)} ${form} tail`);
      assert.ok(!quote.includes(form.slice(0, 6)), quote);
    }
  });

  for (const [what, outcome, expected] of [
    ['401', json(401, {}), true],
    ['203', text(203, '{}'), true],
    ['302', text(302, ''), true],
    ['307 with JSON', json(307, {}), true],
    ['200 with HTML', text(200, '<html>', { 'content-type': 'text/html' }), true],
    ['200 with XHTML', text(200, '<html>', { 'content-type': 'application/XHTML+xml' }), true],
    ['200 with JSON that says it is HTML', text(200, '{}', { 'content-type': 'text/html' }), false],
    ['200 with JSON', fine, false],
    ['200 with nothing', text(200, ''), false],
    ['204', text(204, ''), false],
    ['403', json(403, {}), false],
    ['404 with HTML', text(404, '<html>', { 'content-type': 'text/html' }), false],
  ] as const) {
    it(`${expected ? 'takes' : 'does not take'} a ${what} for a request to sign in`, () => {
      assert.equal(answer(outcome).asksToSignIn, expected);
    });
  }
});
