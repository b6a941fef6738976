import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isPublicNetwork, isSameNetwork, plainNetwork, publicNetwork } from '../../src/agent-network';

const proxy = { url: 'http://proxy:3128', username: 'ada', bypass: ['^https://local'] };
const certificates = { caFile: '/ca.pem', certFile: '/cert.pem' };
const secretive = {
  proxy: { ...proxy, password: 'the-password-of-the-proxy' },
  certificates: { ...certificates, passphrase: 'the-phrase-of-the-key' },
  skipCertificateValidation: false,
};

describe('agent-network: what main leaves for post', () => {
  it('is nothing where there is nothing to say', () => {
    assert.equal(publicNetwork({ skipCertificateValidation: false }), undefined);
    assert.deepEqual(publicNetwork({ skipCertificateValidation: true }), { skipCertificateValidation: true });
  });

  it('has no secret, and all else', () => {
    const left = publicNetwork(secretive);
    assert.deepEqual(left, { proxy, certificates, skipCertificateValidation: false });
    assert.doesNotMatch(JSON.stringify(left), /the-p/);
    assert.ok(isPublicNetwork(JSON.parse(JSON.stringify(left))), 'post reads what main wrote');
  });

  it('is the same where only a secret differs', () => {
    const left = publicNetwork(secretive) ?? assert.fail();
    assert.ok(isSameNetwork({ ...secretive, proxy: { ...secretive.proxy, password: 'another' } }, left));
    assert.ok(isSameNetwork({ skipCertificateValidation: false }, plainNetwork));
  });

  for (const [what, change] of [
    ['another proxy', { proxy: { ...proxy, url: 'http://proxy:9' } }],
    ['another user', { proxy: { ...proxy, username: 'bob' } }],
    ['another bypass list', { proxy: { ...proxy, bypass: [] } }],
    ['no proxy', { proxy: undefined }],
    ['another authority', { certificates: { ...certificates, caFile: '/other.pem' } }],
    ['no certificates', { certificates: undefined }],
    ['no validation', { skipCertificateValidation: true }],
  ] as const) {
    it(`is another one with ${what}`, () => {
      const now = Object.fromEntries(Object.entries({ ...secretive, ...change }).filter(([, value]) => value));
      const network = { skipCertificateValidation: false, ...now };
      assert.equal(isSameNetwork(network, publicNetwork(secretive) ?? assert.fail()), false);
    });
  }
});

describe('agent-network: what post reads', () => {
  const good = { proxy, certificates, skipCertificateValidation: false };

  for (const [what, value] of [
    ['nothing', undefined],
    ['null', null],
    ['a text', 'http://proxy'],
    ['no word on validation', { ...good, skipCertificateValidation: undefined }],
    ['validation as a text', { ...good, skipCertificateValidation: 'false' }],
    ['a proxy that is null', { ...good, proxy: null }],
    ['a proxy that is a text', { ...good, proxy: 'http://proxy' }],
    ['a proxy without an address', { ...good, proxy: { ...proxy, url: undefined } }],
    ['a user that is no text', { ...good, proxy: { ...proxy, username: 1 } }],
    ['a bypass list that is none', { ...good, proxy: { ...proxy, bypass: '*' } }],
    ['a bypass list of numbers', { ...good, proxy: { ...proxy, bypass: [1] } }],
    ['certificates that are a text', { ...good, certificates: '/ca.pem' }],
    ['a certificate that is no text', { ...good, certificates: { caFile: ['/ca.pem'] } }],
  ] as const) {
    it(`is none with ${what}`, () => assert.equal(isPublicNetwork(value), false));
  }

  it('is one, or is refused, for any value', () => {
    fc.assert(fc.property(fc.anything(), (value) => void isPublicNetwork(value)));
  });
});
