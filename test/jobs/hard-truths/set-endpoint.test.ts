import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { azureRmConnection } from '../../../dev/commands/emulated-connections';
import { assertFails, assertWarns } from '../../support/expect';
import { issuerConnection, issuerId, runTask } from '../../support/job';
import { agentBehind, ProxiedServices } from '../../support/proxied-services';
import { RealProxy } from '../../support/proxy';

const resourcesId = '1c2d7f4e-6f1d-4b8a-9d51-3f1f0f3f9a11';

/** What any script of a job can print, to change a connection for the rest of the job. */
function setting(id: string, fields: Record<string, string>): object {
  const lines = Object.entries(fields).map(
    ([field, value]) => `echo '##vso[task.setendpoint id=${id};field=${field}]${value}'`,
  );
  return { bash: lines.join('\n') };
}

describe('an earlier step that redirects a connection to this machine', function () {
  this.timeout(120_000);
  let stranger: Server;
  let received: number;
  let url: string;

  beforeEach(async () => {
    received = 0;
    stranger = createServer((socket) => {
      received += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
  });

  afterEach(() => stranger.close());

  const using = (name: string, task: string, inputs: Record<string, string> = {}): object => ({
    task,
    name,
    inputs: { issuer: issuerConnection, ...inputs },
  });

  it('gets nothing, for each endpoint that it redirects and each task that uses it, where the job runs in Azure DevOps', async () => {
    const { main, post, job, requests } = await runTask((emulator) => {
      const organizationUrl = `https://dev.azure.com/${emulator.state.organization}`;
      const { data, ...resources } = azureRmConnection(emulator, 'Resources', 'ServicePrincipal');
      const { environmentAuthorityUrl: _, ...publicCloud } = data ?? {};
      return {
        connection: { url: organizationUrl, data: { authorityUrl: undefined } },
        moreConnections: [{ ...resources, id: resourcesId, data: publicCloud }],
        stepsBefore: [setting(issuerId, { 'dataParameter;key=authorityUrl': url })],
        stepsAfter: [
          setting(resourcesId, { 'dataParameter;key=environmentAuthorityUrl': url }),
          using('key', 'AgentPoolToken@1', { connectionType: 'azureRM', azureSubscription: 'Resources' }),
          setting(issuerId, { url: `${url}/${emulator.state.organization}` }),
          using('again', 'AgentPoolToken@1'),
          using('sweep', 'RevokeAgentPoolTokens@1'),
          using('renew', 'RenewAgentPoolTokenIssuer@1', { writer: 'job' }),
        ].map((step) => ({ ...step, condition: 'always()' })),
        secrets: { 'the key': resources.authorization?.parameters.serviceprincipalkey ?? '' },
        // A request that leaves this machine would come by here.
        options: { organizationUrl, variables: { 'Agent.ProxyUrl': url } },
      };
    });
    const stage = (name: string) =>
      job.stages.find((each) => each.name === name && each.stage === 'main') ?? assert.fail(name);
    assertFails(main, 'host-untrusted', /loopback authority is accepted only beside a loopback organization/);
    assertFails(stage('key'), 'host-untrusted', /loopback authority is accepted only beside a loopback organization/);
    for (const name of ['again', 'sweep', 'renew']) {
      const { message = '' } = stage(name);
      assert.match(message, /An organization on this machine is accepted only where this job runs in one/, name);
    }
    assert.equal(post.result, 'Succeeded');
    assert.deepEqual(requests, []);
    assert.equal(received, 0);
  });

  it('gets nothing from post either, which names the token that it could not revoke', async () => {
    const services = await ProxiedServices.start();
    const proxy = await RealProxy.start(services.internet);
    try {
      const { post, made, requests, mainRequests } = await services.run(agentBehind(`http://${proxy.name}`), {
        stepsAfter: [setting(issuerId, { 'dataParameter;key=authorityUrl': url })],
      });
      assert.equal(made.length, 1);
      assertWarns(post, 'revoke-failed', made[0]?.authorizationId ?? '', 'loopback authority');
      assert.equal(requests.length, mainRequests.length);
      assert.equal(received, 0);
    } finally {
      await proxy.close();
      await services.close();
    }
  });
});
