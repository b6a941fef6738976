import assert from 'node:assert/strict';
import { SecretMasker } from '../../../dev/job-runner/job/masking';

function masked(text: string, ...secrets: string[]): string {
  const masker = new SecretMasker();
  for (const secret of secrets) {
    masker.add(secret);
  }
  return masker.mask(text);
}

describe('masking', () => {
  it('replaces every occurrence, and only in the same case', () => {
    assert.equal(masked('abc xabcx ABC', 'abc'), '*** x***x ABC');
  });

  it('merges ranges that overlap or touch', () => {
    assert.equal(masked('--abcdef--', 'abcd', 'cdef'), '--***--');
    assert.equal(masked('--abcd--', 'ab', 'cd'), '--***--');
    assert.equal(masked('aaaa', 'aa'), '***');
  });

  it('knows the JSON, URI and backslash forms of a value', () => {
    assert.equal(masked('{"a":"x\\"y\\nz"}', 'x"y\nz'), '{"a":"***"}');
    assert.equal(masked('q=a%2Bb%20c%21%27%28%29%2A', "a+b c!'()*"), 'q=***');
    assert.equal(masked('C:\\data "q" \'r\'', 'C:\\\\data \\"q\\" \\\'r\\\''), '***');
  });

  it('does not know base64 forms', () => {
    const base64 = Buffer.from('secret').toString('base64');
    assert.equal(masked(base64, 'secret'), base64);
  });

  it('hides the password of a URL, but not its user', () => {
    assert.equal(masked('fetch https://me:hunter2@host/x'), 'fetch https://me:***@host/x');
  });

  it('hides an empty value nowhere', () => {
    assert.equal(masked('text', ''), 'text');
  });

  it('registers five forms of a secret that the job begins with', () => {
    const masker = new SecretMasker();
    masker.addJobSecret('"a%b\t"');
    assert.equal(masker.mask('"a%b\t"|a%b\t|"a%AZP25b\t"'), '***|***|***');
    assert.equal(masker.mask(Buffer.from('"a%b\t"').toString('base64')), '***');
    masker.addJobSecret('  padded ');
    assert.equal(masker.mask('padded'), '***');
  });
});
