import assert from 'node:assert/strict';
import sinon from 'sinon';
import type { AgentNetwork } from '../../../src/agent/network';
import { readAgentNetwork } from '../../../src/agent/network';
import { agentSecrets } from '../../../src/agent/secrets';
import { TaskError } from '../../../src/errors';

interface Given {
  variables?: Record<string, string>;
  secrets?: Partial<typeof agentSecrets>;
  environment?: NodeJS.ProcessEnv;
}

interface Read {
  network: AgentNetwork;
  masked: string[];
  warnings: string[];
}

function read({ variables = {}, secrets = {}, environment = {} }: Given = {}): Read {
  for (const [name, value] of Object.entries(secrets)) {
    sinon.stub(agentSecrets, name as keyof typeof agentSecrets).value(value);
  }
  const masked: string[] = [];
  const warnings: string[] = [];
  const agent = {
    variable: (name: string) => variables[name] ?? '',
    mask: (secret: { reveal(): string }) => void masked.push(secret.reveal()),
    warn: (text: string) => void warnings.push(text),
  };
  return { network: readAgentNetwork(agent, environment), masked, warnings };
}

const isTold = (what: RegExp) => (error: unknown) =>
  error instanceof TaskError &&
  error.code === 'network' &&
  what.test(error.message) &&
  !error.message.includes('pass-word');

const proxyUrl = 'http://proxy:8080';

describe('the network of an agent', () => {
  afterEach(() => sinon.restore());

  it('is plain by default', () => {
    assert.deepEqual(read(), { network: { skipCertificateValidation: false }, masked: [], warnings: [] });
  });

  it('accepts any certificate where the agent does, with a warning', () => {
    for (const [value, skips] of [
      ['True', true],
      ['true', true],
      ['False', false],
    ] as const) {
      const { network, warnings } = read({ variables: { 'Agent.SkipCertValidation': value } });
      assert.equal(network.skipCertificateValidation, skips);
      assert.deepEqual(
        warnings.map((text) => /certificate/.test(text)),
        skips ? [true] : [],
      );
    }
  });

  it('has a proxy', () => {
    assert.deepEqual(read({ secrets: { proxyUrl } }).network.proxy, { url: proxyUrl, bypass: [] });
    const variables = { 'Agent.ProxyBypassList': '["^https://intern"]', 'Agent.ProxyUsername': 'me' };
    const { network, masked } = read({ secrets: { proxyUrl }, variables });
    assert.deepEqual(network.proxy, { url: proxyUrl, bypass: ['^https://intern'], username: 'me', password: '' });
    assert.deepEqual(masked, []);
  });

  for (const [where, given] of [
    ['beside it', { secrets: { proxyUrl, proxyPassword: 'pass-word' }, variables: { 'Agent.ProxyUsername': 'me' } }],
    ['in its address', { secrets: { proxyUrl: 'http://me:pass-word@proxy:8080' } }],
    ['in the environment', { environment: { HTTPS_PROXY: 'http://me:pass%2Dword@proxy:8080' } }],
  ] as [string, Given][]) {
    it(`has a proxy with credentials ${where}, which are masked with what is sent of them`, () => {
      const { network, masked } = read(given);
      assert.deepEqual(network.proxy, { url: proxyUrl, username: 'me', password: 'pass-word', bypass: [] });
      assert.deepEqual(masked, ['pass-word', Buffer.from('me:pass-word').toString('base64')]);
    });
  }

  it('has the proxy of the environment under either case of its names, the lower one first', () => {
    const upper = { HTTPS_PROXY: 'upper:2', NO_PROXY: 'upper.example' };
    assert.equal(read({ environment: upper }).network.proxy?.url, 'http://upper:2');
    const { proxy } = read({ environment: { ...upper, https_proxy: 'lower:1', no_proxy: 'lower.example' } }).network;
    assert.equal(proxy?.url, 'http://lower:1');
    assert.match(proxy?.bypass.join() ?? '', /lower/);
    assert.doesNotMatch(proxy?.bypass.join() ?? '', /upper/);
  });

  it('has the proxy of the agent, whatever the environment has', () => {
    const environment = { HTTPS_PROXY: 'http://other:2', NO_PROXY: '*' };
    assert.deepEqual(read({ secrets: { proxyUrl }, environment }).network.proxy, { url: proxyUrl, bypass: [] });
  });

  for (const [where, given] of [
    ['the agent', { secrets: { proxyUrl: 'socks5://me:pass-word@proxy' } }],
    ['the environment', { environment: { HTTPS_PROXY: 'http://me:pass-word@:x' } }],
  ] as [string, Given][]) {
    it(`cannot be read where the proxy of ${where} is no HTTP proxy, which is not repeated`, () => {
      assert.throws(() => read(given), isTold(/not one of an HTTP proxy/));
    });
  }

  for (const [what, list] of [
    ['no JSON', '[oops'],
    ['no list', '{"a":1}'],
    ['no patterns', '["*.intern"]'],
  ] as const) {
    it(`cannot be read where the bypass list of the proxy holds ${what}`, () => {
      const variables = { 'Agent.ProxyBypassList': list };
      assert.throws(() => read({ secrets: { proxyUrl }, variables }), isTold(/bypass/));
    });
  }

  it('has certificates', () => {
    const ca = { 'Agent.CAInfo': '/ca.pem' };
    const cert = { 'Agent.ClientCert': '/cert.pem' };
    const rest = { 'Agent.ClientCertKey': '/key.pem', 'Agent.ClientCertArchive': '/archive.pfx' };
    assert.deepEqual(read({ variables: ca }).network.certificates, { caFile: '/ca.pem' });
    assert.deepEqual(read({ variables: cert }).network.certificates, { certFile: '/cert.pem' });
    const secrets = { clientCertificatePassword: 'pass-phrase' };
    const { network, masked } = read({ variables: { ...ca, ...cert, ...rest }, secrets });
    assert.deepEqual(network.certificates, {
      caFile: '/ca.pem',
      certFile: '/cert.pem',
      keyFile: '/key.pem',
      archiveFile: '/archive.pfx',
      passphrase: 'pass-phrase',
    });
    assert.deepEqual(masked, ['pass-phrase']);
  });
});
