import assert from 'node:assert/strict';
import { dumpEnvironment, dumpedEnvironment, removeFolders, runSteps, writeExtension } from './extension';

async function environmentAt(organizationUrl: string, hostType: 'build' | 'release'): Promise<Record<string, string>> {
  const folder = writeExtension({ name: 'Dump', main: dumpEnvironment });
  const { rawLines } = await runSteps(folder, [{ task: 'Dump@1' }], { organizationUrl, hostType });
  return dumpedEnvironment(rawLines);
}

describe('a classic release', () => {
  after(removeFolders);

  const places: [string, string, string][] = [
    ['https://dev.azure.com/contoso', 'https://vsrm.dev.azure.com/contoso/', 'https://dev.azure.com/contoso/'],
    ['https://contoso.visualstudio.com', 'https://contoso.vsrm.visualstudio.com/', 'https://contoso.visualstudio.com/'],
    ['http://127.0.0.1:8421/contoso', 'http://127.0.0.1:8421/contoso/', 'http://127.0.0.1:8421/contoso/'],
  ];
  for (const [organizationUrl, service, organization] of places) {
    it(`of ${organizationUrl} speaks to ${service}`, async () => {
      const environment = await environmentAt(organizationUrl, 'release');
      assert.equal(environment.SYSTEM_HOSTTYPE, 'release');
      assert.equal(environment.ENDPOINT_URL_SYSTEMVSSCONNECTION, service);
      assert.equal(environment.SYSTEM_COLLECTIONURI, service);
      assert.equal(environment.SYSTEM_TEAMFOUNDATIONSERVERURI, service);
      assert.equal(environment.SYSTEM_TEAMFOUNDATIONCOLLECTIONURI, organization);
      assert.equal(environment.SYSTEM_TASKDEFINITIONSURI, organization);
      assert.match(environment.SYSTEM_OIDCREQUESTURI ?? '', /\/hubs\/release\/plans\/[^/]+\/jobs\/[^/]+\/oidctoken$/);
      assert.ok(environment.SYSTEM_OIDCREQUESTURI?.startsWith(service));
      assert.ok(environment.RELEASE_RELEASEWEBURL?.startsWith(organization));
    });
  }

  it('is what no build is', async () => {
    const environment = await environmentAt('https://dev.azure.com/contoso', 'build');
    assert.ok(!JSON.stringify(environment).includes('vsrm'));
  });
});
