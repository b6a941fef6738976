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
  /** What is left of a text once the agent has masked it, line by line. */
  const masked = (secret: Secret, text: string) => {
    const forms = secret.travellingForms().sort((one, other) => other.length - one.length);
    return text.split('\n').map((line) => forms.reduce((rest, form) => rest.replaceAll(form, '*'), line));
  };
  const wrap = (text: string, width: number) => text.match(new RegExp(`.{1,${width}}`, 'g'))?.join('\n') ?? '';
  const tokenOf = (length: number) => 'qZ4'.padEnd(length, 'abcdefghijklmnopqrstuvwxyz234567ABCDEF').slice(0, length);

  for (const length of [20, 52, 84, 85, 86, 131, 200, 201, 2500]) {
    const token = tokenOf(length);
    const secret = new Secret(token);

    it(`of ${length} characters hide base64 behind any user name`, () => {
      for (const user of ['', ':', 'a:', 'me:', 'VstsAgent:', 'PAT:', 'somebody-else:', 'é:']) {
        for (const after of ['', '\n', '\r\n', '"}']) {
          const [line = ''] = masked(secret, base64(user + token + after));
          const left = line.replace('*', '');
          assert.ok(line.includes('*') && left.length <= base64(user).length + 8, `${user}: ${line}`);
        }
      }
    });

    if (length <= 200) {
      for (const width of [64, 76]) {
        it(`of ${length} characters hide base64 that is wrapped at ${width} columns`, () => {
          const users = ['', ':', 'VstsAgent:', 'PAT:', 'azdo:', 'user:'];
          const lines = users.flatMap((user) =>
            ['', '\n'].flatMap((after) =>
              masked(secret, wrap(base64(user + token + after), width)).map((line) => ({ user, line })),
            ),
          );
          for (const { user, line } of lines) {
            assert.ok(line.replaceAll('*', '').length <= base64(user).length + 8, `${user}${line}`);
          }
        });
      }
    }

    it(`of ${length} characters are at most 90, each once, none shorter than 8 characters`, () => {
      const forms = secret.travellingForms();
      assert.ok(forms.length <= 90, String(forms.length));
      assert.equal(new Set(forms).size, forms.length);
      assert.ok(forms.every((form) => form.length >= 8));
      if (length > 200) assert.ok(forms.length <= 7);
    });
  }

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

describe('secret: isTooShort', () => {
  for (const [text, expected] of [
    ['e', true],
    ['1234567', true],
    ['12345678', false],
  ] as const) {
    it(`is ${expected} for ${text.length} characters`, () => assert.equal(new Secret(text).isTooShort, expected));
  }
});
