import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { TaskError } from '../../src/errors';
import { Secret } from '../../src/secret';

/** Long enough not to stand in *** or in a message by chance. */
const value = fc.string({ unit: fc.constantFrom(...'abcXYZ019.~-_+/%"\\é😀'), minLength: 12, maxLength: 60 });
const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');

describe('secret: printing', () => {
  it('never shows its value by accident', () => {
    fc.assert(
      fc.property(value, (text) => {
        const secret = new Secret(text);
        const shown = [
          `${secret}`,
          String(secret),
          `a${secret}`,
          JSON.stringify({ secret, list: [secret] }),
          inspect(secret),
          inspect({ deep: [{ secret }] }, { depth: 9, showHidden: true }),
          inspect(new Map([[secret, secret]])),
          Object.entries(secret).join(),
          new TaskError('network', `It broke: ${secret}.`, { cause: secret }).message,
          inspect(new TaskError('network', `It broke: ${secret}.`, { cause: { secret } }), { depth: 9 }),
        ];
        for (const output of shown) assert.ok(!output.includes(text), output);
        assert.equal(`${secret}`, '***');
        assert.equal(JSON.stringify(secret), '"***"');
        assert.equal(inspect(secret), '***');
        assert.equal(secret.reveal(), text);
      }),
    );
  });
});

describe('secret: travelling forms', () => {
  it('are the value and the base64 of what Basic authentication sends, padded and not, and nothing else', () => {
    fc.assert(
      fc.property(value, (text) => {
        const padded = ['', ':', 'VstsAgent:', 'PAT:'].map((user) => base64(user + text));
        const expected = new Set([text, ...padded, ...padded.map((form) => form.replace(/=+$/, ''))]);
        const forms = new Secret(text).travellingForms();
        assert.deepEqual(new Set(forms), expected);
        assert.equal(forms.length, expected.size, 'a form stands there twice');
      }),
    );
  });

  it('are the known ones of a known token', () => {
    assert.deepEqual(new Secret('tok1').travellingForms(), [
      'tok1',
      'dG9rMQ==',
      'OnRvazE=',
      'VnN0c0FnZW50OnRvazE=',
      'UEFUOnRvazE=',
      'dG9rMQ',
      'OnRvazE',
      'VnN0c0FnZW50OnRvazE',
      'UEFUOnRvazE',
    ]);
  });

  it('of nothing are none: masking the empty string would mask everything', () => {
    assert.deepEqual(new Secret('').travellingForms(), []);
    assert.equal(new Secret('').redact('text'), 'text');
  });
});

describe('secret: redact', () => {
  it('removes every form from a text, also escaped as a URL or as JSON', () => {
    fc.assert(
      fc.property(value, fc.array(fc.constantFrom('', ' ', 'x', '=', '*', '"')), (text, between) => {
        const secret = new Secret(text);
        const forms = secret.travellingForms();
        const written = [...forms, ...forms.map(encodeURIComponent), ...forms.map((form) => JSON.stringify(form))];
        const clean = secret.redact(written.map((form, index) => form + (between[index] ?? ';')).join(''));
        for (const form of written) assert.ok(!clean.includes(form), form);
        // Nor the rest of a long form from which a short one was cut.
        for (const form of forms) assert.ok(!clean.includes(form.slice(6, 16)), form);
      }),
    );
  });

  it('leaves other texts alone', () => {
    assert.equal(new Secret('tok1-long').redact('nothing in here'), 'nothing in here');
  });
});

describe('secret: isPrintableWord', () => {
  it('knows one printable ASCII word of the right length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        const printable = [...text].every((character) => character > ' ' && character <= '~');
        const expected = printable && text.length >= 3 && text.length <= 20;
        assert.equal(new Secret(text).isPrintableWord(3, 20), expected);
      }),
    );
    assert.equal(new Secret('abc').isPrintableWord(3, 3), true);
    assert.equal(new Secret('abcd').isPrintableWord(3, 3), false);
    assert.equal(new Secret('ab').isPrintableWord(3, 3), false);
    assert.equal(new Secret('abc\n').isPrintableWord(1, 9), false);
    assert.equal(new Secret('ünicode').isPrintableWord(1, 9), false);
  });
});
