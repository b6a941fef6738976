import assert from 'node:assert/strict';
import { networkSince } from '../../../src/agent/network-before';
import { agentSecrets } from '../../../src/agent/secrets';
import type { AgentNetwork } from '../../../src/agent-network';
import { type PublicNetwork, plainNetwork } from '../../../src/agent-network';

const proxy = { url: 'http://proxy:3128', username: 'ada', bypass: [] };
const changed = /^A later step changed how this job reaches the network/;

/** An agent that reaches the network so now. */
function agentWith(now: AgentNetwork) {
  const masks: string[] = [];
  const warnings: string[] = [];
  return {
    masks,
    warnings,
    network: () => now,
    mask: (secret: { reveal(): string }) => void masks.push(secret.reveal()),
    warn: (message: string) => void warnings.push(message),
  };
}

function since(before: PublicNetwork, now: AgentNetwork) {
  const agent = agentWith(now);
  return { ...agent, network: networkSince(agent, before, () => assert.fail('nothing is unusable')) };
}

describe('the network of an earlier stage', () => {
  const secrets = { ...agentSecrets };
  beforeEach(() => Object.assign(agentSecrets, { proxyPassword: '', clientCertificatePassword: '' }));
  afterEach(() => void Object.assign(agentSecrets, secrets));

  it('is that of now, with its passwords, where nothing changed', () => {
    const now = { proxy: { ...proxy, password: 'pass-word-of-ada' }, skipCertificateValidation: false };
    const { network, warnings } = since({ proxy, skipCertificateValidation: false }, now);
    assert.equal(network, now);
    assert.deepEqual(warnings, []);
  });

  it('stays plain where a later step set a proxy, or ended validation', () => {
    const skipped = { proxy: { ...proxy, password: 'of-somebody' }, skipCertificateValidation: true };
    const { network, warnings } = since(plainNetwork, skipped);
    assert.deepEqual(network, plainNetwork);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', changed);
  });

  it('keeps its proxy with the password that the agent has now, where address and user are the same', () => {
    const now = { proxy: { ...proxy, bypass: ['.*'], password: 'pass-word-of-ada' }, skipCertificateValidation: false };
    const { network, masks } = since({ proxy, skipCertificateValidation: false }, now);
    assert.deepEqual(network.proxy, { ...proxy, password: 'pass-word-of-ada' });
    assert.ok(masks.includes('pass-word-of-ada'));
    assert.ok(masks.includes(Buffer.from('ada:pass-word-of-ada').toString('base64')));
  });

  for (const [what, other] of [
    ['another proxy', { ...proxy, url: 'http://stranger:9', password: 'of-the-stranger' }],
    ['another user', { ...proxy, username: 'bob', password: 'of-the-stranger' }],
    ['no proxy', undefined],
  ] as const) {
    it(`keeps its proxy with the password that the agent was set up with, where now there is ${what}`, () => {
      agentSecrets.proxyPassword = 'set-up-with-the-agent';
      const now = { ...(other && { proxy: { ...other } }), skipCertificateValidation: false };
      const { network, masks, warnings } = since({ proxy, skipCertificateValidation: false }, now);
      assert.deepEqual(network.proxy, { ...proxy, password: 'set-up-with-the-agent' });
      assert.ok(masks.includes('set-up-with-the-agent'));
      assert.match(warnings[0] ?? '', changed);
    });
  }

  it('keeps its proxy without a password where nothing has one, and one without a user as it is', () => {
    const plain = { skipCertificateValidation: false };
    assert.deepEqual(since({ proxy, ...plain }, plain).network.proxy, proxy);
    const { username: _, ...anonymous } = proxy;
    const { network, masks } = since({ proxy: anonymous, ...plain }, plain);
    assert.deepEqual(network.proxy, anonymous);
    assert.deepEqual(masks, []);
  });

  it('keeps its certificates, with the phrase of the key where there is a key', () => {
    agentSecrets.clientCertificatePassword = 'phrase-of-the-key';
    const plain = { skipCertificateValidation: false };
    const withKey = { certificates: { caFile: '/ca.pem', certFile: '/cert.pem' }, ...plain };
    const { network, masks } = since(withKey, plain);
    assert.deepEqual(network.certificates, { ...withKey.certificates, passphrase: 'phrase-of-the-key' });
    assert.deepEqual(masks, ['phrase-of-the-key']);
    const authority = { certificates: { caFile: '/ca.pem' }, ...plain };
    assert.deepEqual(since(authority, plain).network.certificates, authority.certificates);
  });
});
