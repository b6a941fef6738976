import assert from 'node:assert/strict';
import fc from 'fast-check';
import { agentBypassPatterns, bypassPatterns, readProxyAddress } from '../../src/proxies';

describe('proxies: an address', () => {
  it('may lack its scheme', () => {
    assert.deepEqual(readProxyAddress('proxy:3128'), { url: 'http://proxy:3128' });
    assert.deepEqual(readProxyAddress('https://proxy/'), { url: 'https://proxy' });
    assert.deepEqual(readProxyAddress('[::1]:3128'), { url: 'http://[::1]:3128' });
  });

  it('gives its credentials apart, as they are meant', () => {
    assert.deepEqual(readProxyAddress('http://me:a%40b@proxy:3128'), {
      url: 'http://proxy:3128',
      username: 'me',
      password: 'a@b',
    });
    assert.deepEqual(readProxyAddress('me:100%@proxy'), { url: 'http://proxy', username: 'me', password: '100%' });
  });

  for (const text of ['socks5://proxy:1080', 'http://', 'http://a b', 'ftp://proxy', 'http://proxy:99999']) {
    it(`is not ${text}`, () => assert.equal(readProxyAddress(text), undefined));
  }
});

describe('proxies: NO_PROXY', () => {
  const exempts = (noProxy: string, url: string) =>
    bypassPatterns(noProxy).some((pattern) => new RegExp(pattern, 'i').test(url));

  for (const [noProxy, url, expected] of [
    ['dev.azure.com', 'https://dev.azure.com/org', true],
    ['dev.azure.com', 'https://vssps.dev.azure.com/org', true],
    ['.azure.com', 'https://dev.azure.com/org', true],
    ['*.azure.com', 'https://dev.azure.com/org', true],
    ['other.example, DEV.azure.com', 'https://dev.azure.com/org', true],
    ['dev.azure.com:443', 'https://dev.azure.com/org', true],
    ['*', 'https://dev.azure.com/org', true],
    ['*', 'https://dev.azure.com:8443/org', true],
    ['other.example dev.azure.com', 'https://dev.azure.com', true],
    [' ,, dev.azure.com ,', 'https://dev.azure.com', true],
    ['dev.azure.com:8443', 'https://dev.azure.com:8443', true],
    ['dev.azure.com', 'https://dev.azure.com:8443', true],
    ['10.0.0.0/8, [::1], 127.0.0.1', 'https://dev.azure.com', false],
    ['.dev.azure.com.', 'https://dev.azure.com', false],
    ['dev.azure.com', 'https://dev.azure.com.evil.example', false],
    ['dev.azure.com', 'https://evil-dev.azure.com', false],
    ['', 'https://dev.azure.com/org', false],
    ['azure.co', 'https://dev.azure.com/org', false],
    ['zure.com', 'https://dev.azure.com/org', false],
    ['dev.azure.com:8443', 'https://dev.azure.com/org', false],
    ['devXazure.com', 'https://dev.azure.com/org', false],
    ['org', 'https://dev.azure.com/org', false],
    ['a.example;dev.azure.com', 'https://dev.azure.com', true],
    ['*azure.com', 'https://dev.azure.com', true],
    ['*azure.com', 'https://dev-azure.com', true],
    ['*azure.com', 'https://azure.com.example', false],
    ['https://dev.azure.com', 'https://dev.azure.com', true],
    ['https://dev.azure.com:8443/a', 'https://dev.azure.com', false],
    ['HTTPS://dev.azure.com/org?x', 'https://dev.azure.com', true],
    ['dev.azure.com/', 'https://dev.azure.com', true],
    ['dev.azure.com/', 'https://devXazure.com', false],
    ['dev.*.com', 'https://dev.azure.com', true],
    ['dev.*.org', 'https://dev.azure.com', false],
    ['*:8443', 'https://dev.azure.com', false],
    ['*:443', 'https://dev.azure.com', true],
  ] as const) {
    it(`"${noProxy}" ${expected ? 'exempts' : 'does not exempt'} ${url}`, () =>
      assert.equal(exempts(noProxy, url), expected));
  }

  it('never breaks on what people write', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (noProxy) => {
        exempts(noProxy, 'https://dev.azure.com');
      }),
    );
  });
});

describe('proxies: the bypass list of the agent', () => {
  const exempts = (patterns: string[], url: string) =>
    agentBypassPatterns(JSON.stringify(patterns)).some((pattern) => new RegExp(pattern, 'i').test(url));

  for (const [pattern, url, expected] of [
    // What the agent makes of no_proxy=*.contoso.com, and of other entries.
    ['*\\.contoso\\.com', 'https://dev.contoso.com', true],
    ['*\\.contoso\\.com', 'https://contoso.example', false],
    ['*', 'https://dev.azure.com', true],
    ['dev\\.azure\\.com', 'https://dev.azure.com', true],
    ['(?i)AZURE', 'https://dev.azure.com', true],
    ['(?i:AZURE)\\.com', 'https://dev.azure.com', true],
    ['\\Ahttps://dev\\.azure\\.com\\z', 'https://dev.azure.com', true],
    ['\\Adev', 'https://dev.azure.com', false],
    ['^https://(?<host>dev|vssps)\\.', 'https://vssps.dev.azure.com', true],
    ['[oops', 'https://dev.azure.com', false],
    ['+', 'https://dev.azure.com', false],
    ['', 'https://dev.azure.com', false],
  ] as const) {
    it(`${expected ? 'exempts' : 'does not exempt'} ${url} by ${pattern}`, () =>
      assert.equal(exempts([pattern], url), expected));
  }

  it('may be empty, and is refused where it is no list of texts', () => {
    assert.deepEqual(agentBypassPatterns(''), []);
    for (const text of ['[1]', '{}', '"x"', 'null', '[', 'x']) assert.throws(() => agentBypassPatterns(text));
  });

  it('never holds a pattern that cannot be read', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom(...'*.\\[](){}?+iAz^$|a') })), (patterns) => {
        exempts(patterns, 'https://dev.azure.com');
      }),
    );
  });
});
