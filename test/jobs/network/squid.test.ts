import assert from 'node:assert/strict';
import { assertRefused } from '../../support/expect';
import { fastTime } from '../../support/fast-time';
import {
  agentBehind,
  assertMinted,
  assertNamesProxy,
  assertOneTunnelForEachHost,
  ProxiedServices,
} from '../../support/proxied-services';
import { Squid } from '../../support/squid';

describe('behind squid', function () {
  this.timeout(300_000);
  let services: ProxiedServices;
  let proxy: Squid;
  const url = () => `http://${proxy.name}`;

  before(async function () {
    this.timeout(300_000);
    services = await ProxiedServices.start();
    proxy = await Squid.start(services.internet);
  });

  after(async () => {
    await proxy?.close();
    await services?.close();
  });

  it('a token is minted and revoked through it, with one tunnel for each host and step', async () => {
    const outcome = await services.run(agentBehind(url()));
    assertMinted(outcome);
    assertOneTunnelForEachHost(services);
  });

  it('a wrong password is reported once, not tried four times', async () => {
    const outcome = await services.run(agentBehind(url()), { password: 'WrongPassw0rd' });
    assertRefused(outcome, 'network', 'refused to connect (407).', '--proxyusername and --proxypassword');
    assertNamesProxy(outcome, proxy.name);
  });

  it('a user who may reach no host is reported as such', async () => {
    const outcome = await services.run(agentBehind(url(), Squid.powerless));
    assertRefused(outcome, 'network', 'refused to connect (403).', 'let the agent connect to the named host');
    assertNamesProxy(outcome, proxy.name);
  });

  it('a network behind it that is down is reported with the status of the proxy, not with its page', async () => {
    await services.internet.close();
    const outcome = await services.run(agentBehind(url()), { options: { processEnvironment: fastTime() } });
    assertRefused(outcome, 'network', /refused to connect \(50[23]\), after 4 tries\./);
    assertNamesProxy(outcome, proxy.name);
    assert.doesNotMatch(outcome.main.message ?? '', /html|<|squid/i);
  });
});
