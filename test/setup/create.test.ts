import assert from 'node:assert/strict';
import { mintInJob } from './first-job';
import { Scene } from './issuer-command';

describe('issuer create', function () {
  this.timeout(120_000);
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.open();
  });
  afterEach(() => scene.close());

  const create = (...more: string[]) => ['create', ...scene.arguments('create'), '--yes', ...more];
  it('sets an issuer up from nothing, with which the packaged task mints and revokes, and leaves no secret behind', async () => {
    const { code, output, processes } = await scene.start(create()).watched();
    assert.equal(code, 0, output);
    const { state } = scene.emulator;
    const [endpoint] = state.collection.endpoints.all;
    assert.ok(endpoint);
    const app = state.applications.find(({ clientId }) => clientId === endpoint.data.clientId);
    assert.ok(app?.federatedCredentials?.length === 1, 'one federated credential');
    assert.ok(endpoint.parameters.refreshToken, 'a refresh token is stored');
    assert.equal(scene.secretsOfApp(app.clientId), 0, 'no client secret is left');
    assert.equal(scene.emulator.activeTokens().length, 0, 'no token is left');
    assert.match(state.pats[0]?.displayName ?? '', /^agent-pool-token b0 j00000000 a1 [a-z2-7]{10} issuer$/);
    assert.ok(state.pats.every(({ validTo, validFrom }) => validTo - validFrom <= 6 * 60_000));

    assert.match(output, /^ {2}# - task: RenewAgentPoolTokenIssuer@1$/m, 'without a writer the step is a comment');
    assert.doesNotMatch(output, /writer: job/);
    assert.match(output, /^ {2}node issuer\.mjs create .*--writer NAME-OF-THE-SERVICE-PRINCIPAL$/m);

    scene.collectSecrets();
    assert.ok(scene.secrets.size >= 5, `${scene.secrets.size} secrets to look for`);
    assert.deepEqual(scene.leakedIn(output), [], 'on the terminal');
    assert.deepEqual(scene.leakedIn(processes), [], 'in processes');
    assert.ok(processes.includes(scene.home), 'processes were seen');
    assert.deepEqual(scene.leakedIn(scene.disk()), [], 'on disk');

    await mintInJob(scene);
  });

  it('finds again what it has made', async () => {
    const made = await scene.runInProcess(create());
    assert.equal(made.code, 0, made.output);
    const before = scene.changes().length;
    const again = await scene.runInProcess(create());
    assert.equal(again.code, 0, again.output);
    assert.equal(scene.changes().length, before, 'a second run changes nothing');
    const permitted = await scene.runInProcess(create('--pipeline', 'nightly'));
    assert.equal(permitted.code, 0, permitted.output);
    assert.equal(scene.changes().length, before + 1, 'one more permission');
  });

  it('falls back to the identity token of an ordinary connection, and says so', async () => {
    const older = await Scene.open('identityToken');
    try {
      const { code, output } = await older.runInProcess(['create', ...older.arguments('create'), '--yes']);
      assert.equal(code, 0, output);
      assert.match(output, /2027-07-01/);
      const { state } = older.emulator;
      const [endpoint] = state.collection.endpoints.all;
      assert.equal(endpoint?.data.clientAuthentication, 'identityToken');
      const app = state.applications.find(({ clientId }) => clientId === endpoint?.data.clientId);
      const [trust] = app?.federatedCredentials ?? [];
      assert.equal(trust?.issuer, `https://vstoken.dev.azure.com/${state.organizationId}`);
      assert.equal(trust?.subject, `sc://${state.organization}/${state.project.name}/agent-pool-issuer`);
    } finally {
      await older.close();
    }
  });

  it('names approvers, a writer, limits, branches and pipelines as asked', async () => {
    const { state } = scene.emulator;
    const { code, output } = await scene.runInProcess(
      create(
        ...['--approver', 'Casey Colleague', '--writer', 'Fabrikam Automation', '--pipeline', 'nightly'],
        ...[
          '--max-lifetime-minutes',
          '30',
          '--allowed-scopes',
          'agentPool,environment',
          '--branch',
          'refs/heads/release/*',
        ],
      ),
    );
    assert.equal(code, 0, output);
    const [endpoint] = state.collection.endpoints.all;
    assert.match(output, /^ {2}- task: RenewAgentPoolTokenIssuer@1$/m);
    assert.equal(endpoint?.data.maxLifetimeMinutes, '30');
    assert.equal(endpoint?.data.allowedScopes, 'agentPool,environment');
    assert.equal(endpoint?.checks.length, 2);
    assert.match(JSON.stringify(endpoint?.checks), /refs\/heads\/release\/\*/);
    assert.deepEqual(scene.permittedPipelines(endpoint?.id ?? ''), [1]);
    const writer = state.servicePrincipals.find(({ displayName }) => displayName === 'Fabrikam Automation');
    assert.equal(endpoint?.collectionRoles[writer?.oid ?? ''], 'Administrator');
    const again = /^ {2}npm run issuer -- (create .*) --pipeline NAME-OF-THE-PIPELINE$/m.exec(output)?.[1] ?? '';
    assert.ok(again.includes("--approver 'Casey Colleague' --writer 'Fabrikam Automation' --pipeline nightly"), again);
    assert.ok(again.endsWith("--allowed-scopes agentPool,environment --branch 'refs/heads/release/*'"), again);
  });
});
