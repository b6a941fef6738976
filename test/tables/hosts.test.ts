import assert from 'node:assert/strict';
import { assertNothingSent } from '../support/expect';
import { accessTokenInputs, type Plan, runTask } from '../support/job-in-process';

const foreign = [
  'https://dev.azure.com.evil.example/fabrikam',
  'https://devazure.com/fabrikam',
  'https://dev-azure.com/fabrikam',
  'https://dev.azure.com:8443/fabrikam',
  'https://dev.azure.com./fabrikam',
  // With a Cyrillic letter, and as that is written in names of hosts.
  'https://dev.аzure.com/fabrikam',
  'https://dev.xn--zure-43d.com/fabrikam',
  'https://xdev.azure.com/fabrikam',
  'https://evil.example/dev.azure.com/fabrikam',
  'https://visualstudio.com/fabrikam',
  'https://fabrikam.visualstudio.com.evil.example',
  'https://fabrikam.evilvisualstudio.com',
  'https://a.b.visualstudio.com',
  'http://dev.azure.com/fabrikam',
  'http://fabrikam.visualstudio.com',
  'https://127.0.0.1.evil.example/fabrikam',
  'https://localhost.evil.example/fabrikam',
  'https://10.0.0.7/fabrikam',
];

const servers = [
  'https://tfs.fabrikam.example/tfs/DefaultCollection',
  'https://devops.internal:8443/DefaultCollection',
];

const malformed = [
  'fabrikam',
  'dev.azure.com/fabrikam',
  'ftp://dev.azure.com/fabrikam',
  'https://dev.azure.com',
  'https://dev.azure.com/',
  'https://dev.azure.com/fabrikam/Project',
  'https://dev.azure.com/fab%20rikam',
  'https://dev.azure.com/-fabrikam',
  'https://dev.azure.com/fabrikam?x=1',
  'https://dev.azure.com/fabrikam#x',
  'https://dev.azure.com\\fabrikam',
  'https://fabrikam.visualstudio.com/Project',
];

const authorities = [
  'https://login.microsoftonline.com.evil.example',
  'https://login-microsoftonline.com',
  'https://evil.example',
  'https://sts.windows.net',
  'http://login.microsoftonline.com',
];

const notAuthorities = [
  'login.microsoftonline.com',
  'https://login.microsoftonline.com/common',
  'https://somebody:pass-word-of-somebody@login.microsoftonline.com',
];

const named = (organizationUrl: string): Plan => ({ inputs: accessTokenInputs({ organizationUrl }) });
const connected = (url: string): Plan => ({ connection: { url } });
const signedIn = (authorityUrl: string): Plan => ({ connection: { data: { authorityUrl } } });

describe('a credential', () => {
  for (const url of foreign) {
    it(`is never sent to ${url}`, async () => {
      assertNothingSent(await runTask(named(url)), 'organization-unsupported');
    });
  }

  for (const url of foreign.slice(0, 2)) {
    it(`is never sent to ${url} because a connection says so`, async () => {
      assertNothingSent(await runTask(connected(url)), 'organization-unsupported');
    });
  }

  for (const url of servers) {
    it(`is never sent to an Azure DevOps Server, and a sentence says why: ${url}`, async () => {
      for (const plan of [named(url), connected(url)]) {
        const says = ['Azure DevOps Server', 'personal access tokens', new URL(url).host];
        assertNothingSent(await runTask(plan), 'organization-unsupported', ...says);
      }
    });
  }

  for (const url of malformed) {
    it(`is not sent to what is no organization: ${url}`, async () => {
      assertNothingSent(await runTask(named(url)), 'input-invalid', 'organization');
    });
  }

  for (const url of authorities) {
    it(`is never sent to the authority ${url}`, async () => {
      assertNothingSent(await runTask(signedIn(url)), 'host-untrusted');
    });
  }

  for (const url of notAuthorities) {
    it(`is not sent to what is no authority: ${url.replace(/:[^:]*@/, ':…@')}`, async () => {
      const outcome = await runTask(signedIn(url));
      assertNothingSent(outcome, 'connection-invalid', 'authority');
      assert.ok(!outcome.main.log.join().includes('pass-word-of-somebody'));
    });
  }

  it('is never sent to the Azure DevOps Server that runs the job', async () => {
    const outcome = await runTask({
      inputs: accessTokenInputs(),
      options: { organizationUrl: 'https://tfs.example/tfs/' },
    });
    assertNothingSent(outcome, 'organization-unsupported', 'Azure DevOps Server', 'tfs.example');
  });

  it('is refused with the sentence about Azure DevOps Server alone, where organizationUrl names one', async () => {
    const { main } = await runTask(named('https://tfs.example/tfs'));
    assert.match(main.message ?? '', /^The host "tfs\.example" is not Azure DevOps Services\. .*Azure DevOps Server/);
  });

  it('does not go into a URL, and is not repeated from there', async () => {
    const url = 'https://somebody:pass-word-of-somebody@dev.azure.com/fabrikam';
    for (const [plan, code] of [
      [named(url), 'input-invalid'],
      [connected(url), 'connection-invalid'],
    ] as const) {
      const outcome = await runTask(plan);
      assertNothingSent(outcome, code, 'user name');
      assert.ok(!outcome.main.log.join().includes('pass-word-of-somebody'));
    }
  });

  it('is not sent to an authority on this machine unless the organization is there too', async () => {
    const outcome = await runTask(signedIn('http://127.0.0.1:8421'));
    assertNothingSent(outcome, 'host-untrusted', 'loopback');
  });
});
