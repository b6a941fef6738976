import assert from 'node:assert/strict';
import { azureDevOpsConnection, azureRmConnection } from '../../dev/commands/emulated-connections';
import type { Emulator } from '../../dev/emulator';
import type { Connection } from '../../dev/job-runner';
import { assertFails } from '../support/expect';
import { type Outcome, type Plan, runTasks, type TaskRun, useToken } from '../support/job';

const name = 'agent-pools';

type Connect = (emulator: Emulator) => Connection;

const connects = {
  azureDevOps: (emulator) => azureDevOpsConnection(emulator, name),
  'azureRM by federation': (emulator) => azureRmConnection(emulator, name),
  'azureRM with a key': (emulator) => azureRmConnection(emulator, name, 'ServicePrincipal'),
} satisfies Record<string, Connect>;

/** A step that signs in as an application, through this connection. */
function entra(connect: Connect, change: (emulator: Emulator) => TaskRun = () => ({})): Plan {
  return (emulator) => {
    const connection = connect(emulator);
    const named =
      connection.type === 'AzureRM'
        ? { connectionType: 'azureRM', azureSubscription: name }
        : { connectionType: 'azureDevOps', azureDevOpsServiceConnection: name };
    const run = change(emulator);
    const { jobAccessToken } = emulator.state;
    const key = connection.authorization?.parameters.serviceprincipalkey;
    return {
      ...run,
      inputs: { ...named, ...run.inputs },
      // The token of a user, which is not used here, begins like that of any application.
      secrets: { 'the user token': jobAccessToken, ...(key && { 'the key': key }) },
      options: { connections: [connection], jobAccessToken, ...run.options },
    };
  };
}

const good: Record<string, Plan> = Object.fromEntries(
  Object.entries(connects).map(([kind, connect]) => [
    kind,
    entra(connect, ({ organizationUrl }) => ({ inputs: { pool: 'Default' }, stepsAfter: [useToken(organizationUrl)] })),
  ]),
);

const { azureDevOps } = connects;

/** What is wrong (more of it is in the tests of the modules), the code, what the message says, and the requests of main. */
const refused: Record<string, [plan: Plan, code: string, says: string, requests: string[]]> = {
  'an address for identity tokens elsewhere': [
    entra(azureDevOps, ({ url }) => ({
      options: {
        variables: { 'System.OidcRequestUri': `${url}/contoso/p/_apis/distributedtask/hubs/build/oidctoken` },
      },
    })),
    'host-untrusted',
    'System.OidcRequestUri',
    [],
  ],
  'a pool that is not there': [
    entra(azureDevOps, () => ({ inputs: { pool: 'Nowhere' } })),
    'pool-not-found',
    'Nowhere',
    ['oidc.token', 'entra.token', 'pools.list', 'pools.list'],
  ],
  'an organization that does not know it': [
    entra(azureDevOps, ({ federated }) => {
      federated.principal.member = false;
      return { inputs: { pool: 'Default' } };
    }),
    'not-signed-in',
    'TF401444',
    ['oidc.token', 'entra.token', 'pools.list'],
  ],
  'a connection that this pipeline may not use': [
    entra(azureDevOps, () => ({
      faults: [{ operation: 'oidc.token', answer: { status: 403, body: '{"message":"No."}' } }],
    })),
    'connection-invalid',
    'gave no identity token',
    ['oidc.token'],
  ],
};

describe('an Entra token', function () {
  this.timeout(120_000);
  let outcomes: Record<string, Outcome>;

  before(async () => {
    outcomes = await runTasks({
      ...good,
      ...Object.fromEntries(Object.entries(refused).map(([title, [plan]]) => [title, plan])),
    });
  });

  const outcomeOf = (title: string): Outcome => outcomes[title] ?? assert.fail(`${title} has not run`);

  for (const kind of Object.keys(good)) {
    it(`is handed over like any other, with the honest line, and leaves post nothing to do: ${kind}`, () => {
      const { job, main, post, mainRequests, postRequests, made } = outcomeOf(kind);
      assert.equal(job.result, 'Succeeded', job.log.join('\n'));
      const expected = ['entra.token', 'pools.list'];
      assert.deepEqual(mainRequests, kind.endsWith('key') ? expected : ['oidc.token', ...expected]);
      assert.deepEqual(postRequests, []);
      assert.deepEqual(made, []);
      const { tokenId, tokenKind, expiresOn = '' } = job.outputs.mint ?? {};
      assert.deepEqual([tokenId, tokenKind], ['', 'entra']);
      const minutes = (Date.parse(expiresOn) - Date.now()) / 60_000;
      assert.ok(minutes > 30 && minutes < 90, expiresOn);
      assert.ok(main.log.some((line) => /NOT limited to agent pools.*cannot be revoked/.test(line)));
      assert.ok(post.log.some((line) => /^Nothing to revoke/.test(line)));
      assert.ok(job.log.includes('pools answered 200'));
      const token = job.secretVariables.AGENT_POOL_TOKEN ?? assert.fail('the job has no token');
      assert.ok(!job.log.some((line) => line.includes(token)));
      assert.equal(job.variables.AGENT_POOL_TOKEN, undefined);
      assert.ok(Math.abs(Date.now() - Date.parse(job.variables.AGENT_POOL_TOKEN_MINTED_ON ?? '')) < 300_000);
    });
  }

  for (const [title, [, code, says, requests]] of Object.entries(refused)) {
    it(`is refused for ${title}: ${code}`, () => {
      const outcome = outcomeOf(title);
      assertFails(outcome.main, code, says);
      assert.deepEqual(outcome.mainRequests, requests);
      assert.equal(outcome.job.secretVariables.AGENT_POOL_TOKEN, undefined);
      assert.equal(outcome.post.result, 'Succeeded');
      assert.deepEqual(outcome.postRequests, []);
    });
  }
});
