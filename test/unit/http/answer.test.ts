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

  const spaced = (text: string, by: string) => [...text].join(by);
  const coded = (text: string, prefix: string) =>
    [...text]
      .map(
        (letter) =>
          prefix +
          letter
            .charCodeAt(0)
            .toString(16)
            .padStart(prefix === '\\u' ? 4 : 2, '0'),
      )
      .join('');
  for (const [what, disguised] of [
    ['as it is', token],
    ['cut after 30 characters', token.slice(0, 30)],
    ['cut before its end', token.slice(-13)],
    ['in capitals', token.toUpperCase()],
    ['with colons', spaced(token, ':')],
    ['with blanks', spaced(token, ' ')],
    ['with line breaks', spaced(token, '\r\n')],
    ['in groups', token.replace(/.{4}/g, '$&-')],
    ['in escapes of JSON', coded(token, '\\u')],
    ['in escapes of JavaScript', coded(token, '\\x')],
    ['in escapes of a URL', coded(token, '%')],
    ['in escapes of a URL, twice', coded(token, '%25')],
    ['in escapes of HTML', [...token].map((letter) => `&#${letter.charCodeAt(0)};`).join('')],
    ['in base64', Buffer.from(token).toString('base64')],
    ['in base64 behind a user name', Buffer.from(`someone:${token}`).toString('base64')],
    ['in base64, cut', Buffer.from(`someone:${token}`).toString('base64').slice(14, 44)],
  ] as const) {
    it(`quotes no text that holds a secret ${what}`, () => {
      assert.equal(answer(fine).quote(`It is ${disguised}, said the server.`), '');
    });
  }

  it('quotes no text that holds twelve characters of a secret, wherever they stand in it', () => {
    for (let start = 0; start + 12 <= token.length; start++) {
      const run = token.slice(start, start + 12);
      assert.equal(answer(fine).quote(`It is ${run}, said the server.`), '', run);
    }
  });

  it('quotes no text that holds a secret that came with the answer', () => {
    const other = patOf(2).split('').reverse().join('');
    assert.equal(answer(json(200, { patToken: { token: other } })).quote(`No: ${spaced(other, ' ')}`), '');
    assert.equal(answer(json(200, { access_token: other })).quote(`No: ${other.slice(0, 20)}`), '');
    assert.equal(answer(json(200, { message: other })).quote('No: nothing'), 'No: nothing');
  });

  it('takes no longer for the largest answers, with the longest secrets', () => {
    const secrets = [1, 2].map((number) => new Secret(patOf(number).repeat(195)));
    for (const piece of ['#', '\\', '\\u', '&#x0', '%', 'ab1', ' ']) {
      const message = `No: ${piece.repeat(1_000_000 / piece.length)}`;
      const hostile = new Answer(
        { kind: 'answer', status: 400, headers: {}, body: JSON.stringify({ message }) },
        { url: 'https://dev.azure.com/fabrikam', secrets },
      );
      assert.ok(hostile.quote(hostile.field('message')).length <= 300, piece);
    }
    const many = json(400, { message: 'No', all: Array.from({ length: 50_000 }, () => ({ token })) });
    assert.equal(answer(many).quote('No'), '');
  }).timeout(5_000);

  it('quotes texts that share less than twelve characters with a secret', () => {
    assert.equal(
      answer(fine).quote(`It begins ${token.slice(0, 11)} and goes on`),
      `It begins ${token.slice(0, 11)} and goes on`,
    );
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
