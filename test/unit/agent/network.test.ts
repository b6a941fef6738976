import assert from 'node:assert/strict';
import sinon from 'sinon';
import { readAgentNetwork } from '../../../src/agent/network';
import type { OnUnusable } from '../../../src/agent/pipeline';
import { agentSecrets } from '../../../src/agent/secrets';
import type { AgentNetwork } from '../../../src/agent-network';
import { TaskError } from '../../../src/errors';

interface Given {
  variables?: Record<string, string>;
  secrets?: Partial<typeof agentSecrets>;
  environment?: NodeJS.ProcessEnv;
  onUnusable?: OnUnusable;
}

interface Read {
  network: AgentNetwork;
  masked: string[];
  warnings: string[];
}

function read({ variables = {}, secrets = {}, environment = {}, onUnusable }: Given = {}): Read {
  for (const [name, value] of Object.entries(secrets)) {
    sinon.stub(agentSecrets, name as keyof typeof agentSecrets).value(value);
  }
  const masked: string[] = [];
  const warnings: string[] = [];
  const agent = {
    variable: (name: string) => variables[name] ?? '',
    variableNames: () => Object.keys(variables),
    mask: (secret: { reveal(): string }) => void masked.push(secret.reveal()),
    warn: (text: string) => void warnings.push(text),
  };
  return { network: readAgentNetwork(agent, environment, onUnusable), masked, warnings };
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

  it('has the proxy of the agent, regardless of the environment', () => {
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
    ['no texts', '[1]'],
  ] as const) {
    it(`cannot be read where the bypass list of the proxy holds ${what}`, () => {
      const variables = { 'Agent.ProxyBypassList': list };
      assert.throws(() => read({ secrets: { proxyUrl }, variables }), isTold(/bypass/));
    });
  }

  it('goes on without what cannot be read, where it is asked to', () => {
    const problems: string[] = [];
    const note = ({ what }: TaskError) => void problems.push(what);
    const variables = { 'Agent.ProxyBypassList': 'no JSON' };
    assert.deepEqual(read({ secrets: { proxyUrl }, variables, onUnusable: note }).network.proxy, {
      url: proxyUrl,
      bypass: [],
    });
    const environment = { HTTPS_PROXY: 'other:1' };
    const { proxy } = read({ secrets: { proxyUrl: 'socks5://x' }, environment, onUnusable: note }).network;
    assert.equal(proxy?.url, 'http://other:1');
    assert.equal(
      read({ secrets: { proxyUrl: '' }, environment: { HTTPS_PROXY: 'socks5://x' }, onUnusable: note }).network.proxy,
      undefined,
    );
    assert.equal(problems.length, 3);
  });

  for (const [names, named, hasProxy] of [
    [['HTTPS_PROXY', 'no.proxy', 'Other'], 'HTTPS_PROXY, no.proxy come', false],
    [['https_proxy', 'NODE_EXTRA_CA_CERTS'], 'NODE_EXTRA_CA_CERTS comes', true],
    [['node.tls.reject.unauthorized'], 'node.tls.reject.unauthorized comes', false],
    [['AGENT_CAINFO', 'agent_proxyurl'], 'AGENT_CAINFO, agent_proxyurl come', true],
    [['agent.cainfo', 'Agent.ProxyUrl', 'agent.skipcertvalidation', 'HTTP_PROXY_HINT'], undefined, false],
    [['HTTPS_PROXY', 'NO_PROXY'], undefined, true],
  ] as const) {
    it(`${named ? 'warns' : 'does not warn'} of the variables ${names.join()}${hasProxy ? ' beside its proxy' : ''}`, () => {
      const variables = Object.fromEntries(names.map((name) => [name, 'x']));
      const { warnings } = read({ variables, ...(hasProxy && { secrets: { proxyUrl } }) });
      if (named) assert.ok(warnings.length === 1 && warnings[0]?.startsWith(named), warnings.join());
      else assert.deepEqual(warnings, []);
    });
  }

  it('has further authorities of Node beside its own', () => {
    const environment = { NODE_EXTRA_CA_CERTS: '/extra.pem' };
    const ca = { 'Agent.CAInfo': '/ca.pem' };
    assert.deepEqual(read({ variables: ca, environment }).network.certificates, {
      caFile: '/ca.pem',
      extraCaFile: '/extra.pem',
    });
    assert.equal(read({ environment }).network.certificates, undefined);
  });

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
