import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertRefused } from '../../support/expect';
import { agentBehind, assertMinted, assertNamesProxy, ProxiedServices } from '../../support/proxied-services';
import {
  type InspectingProxy,
  type RegistryProxy,
  startInspectingProxy,
  startProxyChain,
} from '../../support/registry-proxies';

describe('behind proxies of the registry', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'inspecting-'));
  const authorityFile = join(folder, 'ca.pem');
  let services: ProxiedServices;
  let plain: RegistryProxy;
  let inspecting: InspectingProxy;

  before(async () => {
    services = await ProxiedServices.start();
    plain = await startProxyChain(services.internet);
    const trusted = services.authority.cert;
    inspecting = await startInspectingProxy(services.internet, { authorityFile, trusted });
  });

  after(async () => {
    await plain?.close();
    await inspecting?.close();
    await services?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('proxy-chain: a token is minted and revoked through it', async () => {
    const outcome = await services.run(agentBehind(`http://${plain.name}`));
    assertMinted(outcome);
    assert.ok(services.internet.tunnels.includes('vssps.dev.azure.com:443'));
  });

  it('proxy-chain: a wrong password is reported once, not tried four times', async () => {
    const outcome = await services.run(agentBehind(`http://${plain.name}`), { password: 'WrongPassw0rd' });
    assertRefused(outcome, 'network', 'refused to connect (407).', '--proxyusername and --proxypassword');
    assertNamesProxy(outcome, plain.name);
  });

  it('mockttp: a proxy that inspects connections is passed where the agent knows its authority', async () => {
    const variables = { 'Agent.ProxyUrl': `http://${inspecting.name}`, 'Agent.CAInfo': authorityFile };
    assertMinted(await services.run(variables, { password: '' }));
    const seen = await inspecting.seen();
    assert.ok(seen.includes('https://vssps.dev.azure.com/fabrikam/_apis/tokens/pats'), seen.join('\n'));
  });

  it('mockttp: and refused, before anything is sent, where the agent does not', async () => {
    const before = (await inspecting.seen()).length;
    const outcome = await services.run({ 'Agent.ProxyUrl': `http://${inspecting.name}` }, { password: '' });
    assertRefused(outcome, 'network', /certificate/);
    assert.equal((await inspecting.seen()).length, before);
  });
});
