import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../../../dev/commands/surroundings/free-port';
import { assertRefused } from '../../support/expect';
import { unpackedExtension } from '../../support/extension';
import { fastTime } from '../../support/fast-time';
import {
  agentBehind,
  assertMinted,
  assertNamesProxy,
  assertOneTunnelForEachHost,
  ProxiedServices,
  proxyCredentials,
} from '../../support/proxied-services';
import { RealProxy } from '../../support/proxy';

/** A worker's environment in which no name can be resolved, so that nothing but the proxy reaches any host. */
function withoutNames(): NodeJS.ProcessEnv {
  const fast = fastTime();
  const program = `
    import dns from 'node:dns';
    dns.lookup = (name, options, callback) => callback(Object.assign(new Error('no names'), { code: 'ENOTFOUND' }));
  `;
  return { ...fast, NODE_OPTIONS: `${fast.NODE_OPTIONS} --import=data:text/javascript,${encodeURIComponent(program)}` };
}

describe('behind a proxy that asks for a password', function () {
  this.timeout(300_000);
  let services: ProxiedServices;
  let proxy: RealProxy;

  before(async function () {
    this.timeout(300_000);
    services = await ProxiedServices.start();
    proxy = await RealProxy.start(services.internet);
  });

  after(async () => {
    await proxy?.close();
    await services?.close();
  });

  beforeEach(() => {
    services.internet.tunnels.length = 0;
  });

  const ofAgent = (url = `http://${proxy.name}`) => agentBehind(url);
  const run = (variables: Record<string, string>, change?: Parameters<ProxiedServices['run']>[1]) =>
    services.run(variables, change);

  it('a token is minted and revoked through it, with one tunnel for each host and step', async () => {
    const outcome = await run(ofAgent());
    assertMinted(outcome);
    assertOneTunnelForEachHost(services);
    assert.ok(
      outcome.requests.every(({ headers }) => headers['proxy-authorization'] === undefined),
      'the services never see the credentials of the proxy',
    );
    const lines = outcome.main.rawLines;
    for (const secret of [RealProxy.password, proxyCredentials]) {
      assert.ok(lines.includes(`##vso[task.setsecret]${secret}`), 'what is sent to the proxy is masked');
    }
    assert.deepEqual(
      lines.filter((line) => /deprecat|\(node:/i.test(line)),
      [],
    );
  });

  it('a wrong password is reported once, not tried four times', async () => {
    const outcome = await run(ofAgent(), { password: 'WrongPassw0rd' });
    assertRefused(outcome, 'network', /refused to connect \(40[17]\)/, '--proxypassword', 'login.microsoftonline.com');
    assertNamesProxy(outcome, proxy.name);
    assert.ok(!outcome.main.message?.includes('tries'));
    assert.deepEqual(services.internet.tunnels, []);
  });

  it('one without Basic authentication is reported as such, and gets the password once', async () => {
    const windows = createServer();
    let asked = 0;
    windows.on('connect', (_, socket) => {
      asked++;
      socket.end(
        'HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n',
      );
    });
    await new Promise<void>((resolve) => windows.listen(0, '127.0.0.1', resolve));
    try {
      const name = `127.0.0.1:${(windows.address() as AddressInfo).port}`;
      const outcome = await run(ofAgent(`http://${name}`));
      assertRefused(outcome, 'network', `${name} refused to connect (407): it asks for Negotiate or NTLM`, 'Basic');
      assertNamesProxy(outcome, name);
      assert.equal(asked, 1);
    } finally {
      windows.close();
    }
  });

  it('what the agent exempts is reached without it', async () => {
    const outcome = await run(
      {
        ...ofAgent(),
        'Agent.ProxyBypassList': JSON.stringify(['^https://intern', '^https://login\\.MICROSOFTonline\\.com$']),
      },
      { options: { processEnvironment: withoutNames() } },
    );
    assertRefused(outcome, 'network', 'login.microsoftonline.com failed: the connection failed (ENOTFOUND)');
    assert.deepEqual(services.internet.tunnels, []);
  });

  it('its address may hold its password, which the step never prints', async () => {
    const main = join(await unpackedExtension(), 'tasks', 'AgentPoolToken', 'AgentPoolTokenV1', 'main.js');
    const AGENT_PROXYURL = `http://${RealProxy.username}:${RealProxy.password}@${proxy.name}`;
    const { stdout, stderr } = spawnSync(process.execPath, [main], {
      env: { PATH: process.env.PATH, AGENT_PROXYURL, VSTS_PUBLIC_VARIABLES: '["Agent.ProxyUrl"]' },
      encoding: 'utf8',
    });
    assert.match(stdout, /Agent\.ProxyUrl/);
    assert.ok(!`${stdout}${stderr}`.includes(RealProxy.password));
  });

  it('the proxy of the environment is used, with its credentials, where the agent has none', async () => {
    const url = `http://${RealProxy.username}:${RealProxy.password}@${proxy.name}`;
    const processEnvironment = { PATH: process.env.PATH, HTTPS_PROXY: url };
    assertMinted(await run({}, { password: '', options: { processEnvironment } }));
    assert.equal(services.internet.tunnels.length, 5);
  });

  it('the proxy of the agent wins over that of the environment, and over its exemptions', async () => {
    const processEnvironment = {
      PATH: process.env.PATH,
      HTTPS_PROXY: `http://127.0.0.1:${await freePort()}`,
      NO_PROXY: '*',
    };
    assertMinted(await run(ofAgent(), { options: { processEnvironment } }));
    assert.equal(services.internet.tunnels.length, 5);
  });

  it('what NO_PROXY exempts is reached without the proxy of the environment', async () => {
    const processEnvironment = {
      ...withoutNames(),
      HTTPS_PROXY: `http://${RealProxy.username}:${RealProxy.password}@${proxy.name}`,
      NO_PROXY: 'example.com, .microsoftonline.com',
    };
    const outcome = await run({}, { password: '', options: { processEnvironment } });
    assertRefused(outcome, 'network', 'login.microsoftonline.com failed: the connection failed (ENOTFOUND)');
    assert.deepEqual(services.internet.tunnels, []);
  });

  it('one that inspects connections is reported, with the authority that signs for it', async () => {
    // It answers under the names of the services, and has not been made known to this agent.
    const outcome = await run({ ...ofAgent(), 'Agent.CAInfo': '' });
    assertRefused(
      outcome,
      'network',
      'login.microsoftonline.com failed: it presents a certificate with subject "O=Contoso, CN=dev.azure.com"',
      `and issuer "O=Contoso, CN=${services.authority.name}" through the proxy ${proxy.name}`,
      'Agent.CAInfo',
    );
    assert.ok(!outcome.main.message?.includes('tries'));
  });
});
