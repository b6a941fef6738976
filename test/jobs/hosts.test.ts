import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { assertNothingSent } from '../support/expect';
import { accessTokenInputs, type Outcome, type Plan, runTasks } from '../support/job';

// Each kind of address once; the others are tried in test/tables.
const foreign = ['https://dev.azure.com.evil.example/fabrikam', 'https://dev.аzure.com/fabrikam'];

const servers = ['https://devops.internal:8443/DefaultCollection'];

const malformed = ['https://dev.azure.com/fabrikam/Project'];

const withUserInfo = 'https://somebody:pass-word-of-somebody@dev.azure.com/fabrikam';

const authorities = ['https://login.microsoftonline.com.evil.example'];

const notAuthorities = ['https://somebody:pass-word-of-somebody@login.microsoftonline.com'];

describe('a credential, in the packaged task', () => {
  let proxy: Server;
  let connections = 0;
  let outcomes: Record<string, Outcome>;

  before(async function () {
    this.timeout(300_000);
    // Whatever would leave this machine would come by here.
    proxy = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => {
      proxy.listen(0, '127.0.0.1', resolve);
    });
    const options = { variables: { 'Agent.ProxyUrl': `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` } };
    const named = (organizationUrl: string): Plan => ({ inputs: accessTokenInputs({ organizationUrl }), options });
    const connected = (url: string): Plan => ({ connection: { url }, options });
    const signedIn = (authorityUrl: string): Plan => ({ connection: { data: { authorityUrl } }, options });
    const all: [string, Plan][] = [
      ...[...foreign, ...servers, ...malformed].map((url): [string, Plan] => [`input ${url}`, named(url)]),
      ...[...foreign.slice(0, 1), ...servers].map((url): [string, Plan] => [`connection ${url}`, connected(url)]),
      ...[...authorities, ...notAuthorities].map((url): [string, Plan] => [`authority ${url}`, signedIn(url)]),
      ['input with user info', { inputs: accessTokenInputs({ organizationUrl: withUserInfo }), options }],
      ['connection with user info', { connection: { url: withUserInfo }, options }],
      ['own organization', { inputs: accessTokenInputs(), options: { organizationUrl: 'https://tfs.example/tfs/' } }],
      [
        'authority on loopback',
        ({ url }) => ({ connection: { url: 'https://dev.azure.com/fabrikam', data: { authorityUrl: url } }, options }),
      ],
    ];
    outcomes = await runTasks(Object.fromEntries(all));
  });

  after(() => proxy.close());

  const outcomeOf = (name: string): Outcome => {
    const outcome = outcomes[name];
    assert.ok(outcome);
    return outcome;
  };

  for (const url of foreign) {
    it(`is never sent to ${url}`, () => {
      assertNothingSent(outcomeOf(`input ${url}`), 'organization-unsupported');
    });
  }

  for (const url of foreign.slice(0, 1)) {
    it(`is never sent to ${url} because a connection says so`, () => {
      assertNothingSent(outcomeOf(`connection ${url}`), 'organization-unsupported');
    });
  }

  for (const url of servers) {
    it(`is never sent to an Azure DevOps Server, of which a sentence tells why: ${url}`, () => {
      for (const outcome of [outcomeOf(`input ${url}`), outcomeOf(`connection ${url}`)]) {
        assertNothingSent(
          outcome,
          'organization-unsupported',
          'Azure DevOps Server',
          'personal access tokens',
          new URL(url).host,
        );
      }
    });
  }

  it('is never sent to the Azure DevOps Server that runs the job', () => {
    assertNothingSent(outcomeOf('own organization'), 'organization-unsupported', 'Azure DevOps Server', 'tfs.example');
  });

  for (const url of malformed) {
    it(`is not sent to what is no organization: ${url}`, () => {
      assertNothingSent(outcomeOf(`input ${url}`), 'input-invalid', 'organization');
    });
  }

  it('does not go into a URL, and is not repeated from there', () => {
    assertNothingSent(outcomeOf('input with user info'), 'input-invalid', 'user name');
    assertNothingSent(outcomeOf('connection with user info'), 'connection-invalid', 'user name');
    for (const name of ['input with user info', 'connection with user info']) {
      const { log, rawLines } = outcomeOf(name).job;
      const told = [...log, ...rawLines.filter((line) => !line.startsWith('##vso[task.debug]'))];
      assert.equal(told.join('\n').includes('pass-word-of-somebody'), false);
    }
  });

  for (const url of authorities) {
    it(`is never sent to the authority ${url}`, () => {
      assertNothingSent(outcomeOf(`authority ${url}`), 'host-untrusted');
    });
  }

  for (const url of notAuthorities) {
    it(`is not sent to what is no authority: ${url.replace(/:[^:]*@/, ':…@')}`, () => {
      assertNothingSent(outcomeOf(`authority ${url}`), 'connection-invalid', 'authority');
    });
  }

  it('is not sent to an authority on this machine unless the organization is there too', () => {
    assertNothingSent(outcomeOf('authority on loopback'), 'host-untrusted', 'loopback');
  });

  it('has left this machine in none of these jobs', () => {
    assert.equal(connections, 0);
  });
});
