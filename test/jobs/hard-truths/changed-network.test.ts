import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority } from '../../support/certificates';
import { fastTime } from '../../support/fast-time';
import { agentBehind, ProxiedServices } from '../../support/proxied-services';
import { RealProxy } from '../../support/proxy';

/** What a later step sets: well-formed, and leading nowhere. What each of these alone changes is in test/unit/agent. */
const changes = (authority: string): Record<string, Record<string, string>> => ({
  'a proxy that is not there': { 'Agent.ProxyUrl': 'http://127.0.0.1:9' },
  'another user of the proxy, a bypass list that leads past it, and an authority of somebody else': {
    'Agent.ProxyUsername': 'another-user',
    'Agent.ProxyBypassList': '[".*"]',
    'Agent.CAInfo': authority,
  },
  'a variable with an underscore that hides the proxy': { AGENT_PROXYURL: 'http://127.0.0.1:9' },
});

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

  for (const what of Object.keys(changes(''))) {
    it(`does not keep post from revoking, which says so: ${what}`, async () => {
      const { post, made, activeAfterMain, activeAfterJob } = await run(changes(join(folder, 'ca.pem'))[what] ?? {});
      assert.equal(made.length, 1);
      assert.equal(activeAfterMain.length, 1);
      assert.deepEqual(activeAfterJob, [], post.message);
      assert.ok(post.issues.some(({ message }) => /^A later step changed how this job reaches/.test(message)));
    });
  }
});
