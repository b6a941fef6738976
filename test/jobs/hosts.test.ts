import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { assertNothingSent } from '../support/expect';
import { accessTokenInputs, type Outcome, type Plan, runTasks } from '../support/job';

// One of each place that an address comes from; the kinds of addresses are tried in test/tables.
const foreign = 'https://dev.аzure.com/fabrikam';

const server = 'https://devops.internal:8443/DefaultCollection';

const withUserInfo = 'https://somebody:pass-word-of-somebody@dev.azure.com/fabrikam';

const authority = 'https://login.microsoftonline.com.evil.example';

describe('a credential, in the packaged task', () => {
  let proxy: Server;
  let connections = 0;
  let outcomes: Record<string, Outcome>;

  before(async function () {
    this.timeout(300_000);
    // A request that leaves this machine would come by here.
    proxy = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => {
      proxy.listen(0, '127.0.0.1', resolve);
    });
    const options = { variables: { 'Agent.ProxyUrl': `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` } };
    const named = (organizationUrl: string): Plan => ({ inputs: accessTokenInputs({ organizationUrl }), options });
    const all: Record<string, Plan> = {
      input: named(foreign),
      connection: { connection: { url: server }, options },
      authority: { connection: { data: { authorityUrl: authority } }, options },
      'connection with user info': { connection: { url: withUserInfo }, options },
      'own organization': { inputs: accessTokenInputs(), options: { organizationUrl: 'https://tfs.example/tfs/' } },
    };
    outcomes = await runTasks(all);
  });

  after(() => proxy.close());

  const outcomeOf = (name: string): Outcome => {
    const outcome = outcomes[name];
    assert.ok(outcome);
    return outcome;
  };

  it('is never sent to another organization than the services’ own', () => {
    assertNothingSent(outcomeOf('input'), 'organization-unsupported');
  });

  it('is never sent to an Azure DevOps Server, and a sentence says why', () => {
    const says = ['Azure DevOps Server', 'personal access tokens', new URL(server).host];
    assertNothingSent(outcomeOf('connection'), 'organization-unsupported', ...says);
  });

  it('is never sent to the Azure DevOps Server that runs the job', () => {
    assertNothingSent(outcomeOf('own organization'), 'organization-unsupported', 'Azure DevOps Server', 'tfs.example');
  });

  it('does not go into a URL, and is not repeated from there', () => {
    const outcome = outcomeOf('connection with user info');
    assertNothingSent(outcome, 'connection-invalid', 'user name');
    const { log, rawLines } = outcome.job;
    const written = [...log, ...rawLines.filter((line) => !line.startsWith('##vso[task.debug]'))];
    assert.equal(written.join('\n').includes('pass-word-of-somebody'), false);
  });

  it('is never sent to another authority', () => {
    assertNothingSent(outcomeOf('authority'), 'host-untrusted');
  });

  it('has left this machine in none of these jobs', () => {
    assert.equal(connections, 0);
  });
});
