import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type ErrorCode, messageOf, quotable, quoted, remedies, TaskError } from '../../src/errors';

const codes = Object.keys(remedies) as ErrorCode[];

/** The codes that users and the troubleshooting page may rely on. */
const promised =
  'input-invalid connection-invalid limit-exceeded organization-unsupported host-untrusted sign-in-expired sign-in-interaction-required sign-in-app-misconfigured sign-in-rejected issuer-not-a-user not-signed-in pat-creation-restricted pat-lifespan-policy pat-scope-policy pat-global-policy pat-refused granted-more-than-asked token-not-accepted pool-not-found pool-not-manageable agents-not-online throttled timed-out network response-malformed lease-mismatch revoke-failed'.split(
    ' ',
  );

describe('errors: TaskError', () => {
  it('has every promised code', () => {
    for (const code of promised) assert.ok(codes.includes(code as ErrorCode), `there is no ${code}`);
  });

  for (const code of codes) {
    it(`says what happened, what to do, and the code: ${code}`, () => {
      assert.match(code, /^[a-z]+(-[a-z]+)*$/);
      assert.match(remedies[code], /^[A-Z].{10,}\.$/);
      const error = new TaskError(code, 'It broke.');
      assert.equal(error.message, `It broke. ${remedies[code]} (${code})`);
      assert.equal(messageOf(error), error.message);
      assert.equal(error.name, 'TaskError');
    });
  }

  it('takes a remedy of its own and keeps its cause', () => {
    const cause = new Error('below');
    const error = new TaskError('network', 'It broke.', { remedy: 'Mend it.', cause });
    assert.equal(error.message, 'It broke. Mend it. (network)');
    assert.equal(error.remedy, 'Mend it.');
    assert.equal(error.what, 'It broke.');
    assert.equal(error.cause, cause);
  });
});

describe('errors: messageOf', () => {
  it('shows only the kind of an unexpected fault, since its text may hold anything', () => {
    const message = messageOf(new TypeError('Authorization: Bearer very-secret'));
    assert.match(message, /bug, which stopped it \(TypeError\)/);
    assert.doesNotMatch(message, /very-secret/);
    assert.match(messageOf('very-secret'), /bug, which stopped it \(string\)/);
    assert.match(messageOf(undefined), /bug, which stopped it \(undefined\)/);
  });

  it('makes even the name of a fault safe to print', () => {
    const fault = new Error('x');
    fault.name = '##vso[task.complete]\nOops';
    assert.match(messageOf(fault), /bug, which stopped it \(Oops\)/);
  });
});

/** Text that tries to become a command, a second line, or unreadable. */
const hostile = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('#', '##', '##vso[', '##VSO[', '##[', 'vso[', 'vso', '[', ']', ' ') },
      fc.constantFrom(
        '####vso[vso[',
        '##v##[x]so[',
        '##[group]',
        '##vso[task.setvariable variable=a]',
        '%0A',
        '##\u200bvso[',
      ),
      fc.constantFrom('\r', '\n', '\u0000', '\u001b[31m', '\u0085', '\u2028', '\u2029', '\t', '\u007f'),
      fc.constantFrom('\u202e', '\u2066', '\u2069', '\u200f', '\u061c', '\ufeff', '\u200b', '\u2060'),
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom('x'.repeat(200), '😀'),
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''));

function isUnprintable(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  const control = code < 0x20 || (code >= 0x7f && code <= 0x9f);
  return control || /[\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(character);
}

describe('errors: quotable', () => {
  it('leaves an ordinary text as it is', () => {
    assert.equal(
      quotable('TF400813: The user "x#1" [a] is not authorized; 100 % ü.'),
      'TF400813: The user "x#1" [a] is not authorized; 100 % ü.',
    );
  });

  it('makes any text one short line without controls and without anything like a command', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 400 }), (text, limit) => {
        const result = quotable(text, limit);
        assert.ok(result.length <= limit, 'too long');
        assert.deepEqual([...result].filter(isUnprintable), []);
        assert.doesNotMatch(result, /##\s*(vso)?\[/i);
        assert.equal(quoted(text), `"${quotable(text, 120)}"`);
      }),
      { numRuns: 2000 },
    );
  });

  it('cannot be undone by doing it twice', () => {
    fc.assert(fc.property(hostile, (text) => assert.doesNotMatch(quotable(quotable(text)), /##\s*(vso)?\[/i)));
  });

  it('removes every mark that turns the direction of a text', () => {
    for (const mark of '\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069') {
      assert.equal(quotable(`a${mark}b`), 'a b', `U+${mark.charCodeAt(0).toString(16)}`);
    }
  });

  it('takes no longer for a text that could be a command from each of its characters on', () => {
    for (const piece of ['#', '# ', '#[', '##vso[', ' ', '[']) {
      assert.ok(quotable(`${piece.repeat(200_000)}x`).length <= 300, piece);
    }
  }).timeout(2_000);

  it('marks where it cut', () => {
    assert.equal(quotable('abcdef', 4), 'abc…');
    assert.equal(quotable('abcd', 4), 'abcd');
    assert.equal(quotable('x'.repeat(301)).length, 300);
  });
});
