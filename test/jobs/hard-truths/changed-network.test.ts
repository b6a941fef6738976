import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority } from '../../support/certificates';
import { fastTime } from '../../support/fast-time';
import { agentBehind, assertMinted, ProxiedServices } from '../../support/proxied-services';
import { RealProxy } from '../../support/proxy';

/** What a later step sets: well-formed, and leading nowhere. */
const changes: Record<string, Record<string, string>> = {
  'a proxy that is not there': { 'Agent.ProxyUrl': 'http://127.0.0.1:9' },
  'a bypass list that leads past the proxy': { 'Agent.ProxyBypassList': '[".*"]' },
  'another user of the proxy': { 'Agent.ProxyUsername': 'another-user' },
  'a variable with an underscore that hides the proxy': { AGENT_PROXYURL: 'http://127.0.0.1:9' },
};

describe('a later step that changes how the job reaches the network', function () {
  this.timeout(300_000);
  let services: ProxiedServices;
  let proxy: RealProxy;
  let folder: string;

  before(async () => {
    services = await ProxiedServices.start();
    proxy = await RealProxy.start(services.internet);
    folder = mkdtempSync(join(tmpdir(), 'changed-network-'));
    const stranger = new Authority();
    writeFileSync(join(folder, 'ca.pem'), stranger.issue(['stranger']).cert);
    stranger.dispose();
    changes['an authority of somebody else'] = { 'Agent.CAInfo': join(folder, 'ca.pem') };
  });

  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await proxy?.close();
    await services?.close();
  });

  const run = (variables: Record<string, string>) =>
    services.run(agentBehind(`http://${proxy.name}`), {
      stepsAfter: Object.entries(variables).map(([name, value]) => ({
        bash: `echo '##vso[task.setvariable variable=${name}]${value}'`,
      })),
      options: { processEnvironment: fastTime() },
    });

  it('is not found where there is none', async () => assertMinted(await run({})));

  for (const what of [...Object.keys(changes), 'an authority of somebody else']) {
    it(`does not keep post from revoking, which says so: ${what}`, async () => {
      const { post, made, activeAfterMain, activeAfterJob } = await run(changes[what] ?? {});
      assert.equal(made.length, 1);
      assert.equal(activeAfterMain.length, 1);
      assert.deepEqual(activeAfterJob, [], post.message);
      assert.ok(post.issues.some(({ message }) => /^A later step changed how this job reaches/.test(message)));
    });
  }
});
