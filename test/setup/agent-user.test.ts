import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { storedConnection } from '../../dev/commands/emulated-connections';
import { runJob } from '../../dev/job-runner';
import { Interrupted, type SetupError } from '../../setup/failure';
import { NotReady } from '../../setup/plan/missing';
import { unpackedExtension } from '../support/extension';
import { AgentScene, agentUpn } from './agent-command';

const notShown = /It has not been shown that Azure DevOps takes an agent user/;

/** What exists of agents in the tenant and the organization. */
function left({ emulator }: AgentScene) {
  const { state } = emulator;
  return {
    blueprints: state.applications.filter(({ registration }) => registration?.isBlueprint).length,
    identities: state.servicePrincipals.filter(({ agent }) => agent).length,
    users: Object.values(state.users).filter(({ agentIdentityId }) => agentIdentityId).length,
    connections: state.collection.endpoints.all.length,
  };
}

const nothing = { blueprints: 0, identities: 0, users: 0, connections: 0 };
const all = { blueprints: 1, identities: 1, users: 1, connections: 1 };

describe('an issuer with an agent user', function () {
  this.timeout(120_000);
  let scene: AgentScene;
  beforeEach(async () => {
    scene = await AgentScene.open();
  });
  afterEach(() => scene.emulator.close());

  const create = (...more: string[]) => scene.run('create', '--yes', ...more);
  const findings = async (...more: string[]) => {
    const code = await scene.run('check', '--json', '--pool', 'Build-Linux', ...more);
    const { findings } = JSON.parse(scene.output.slice(scene.output.indexOf('{'))) as { findings: { id: string }[] };
    return { code, ids: findings.map(({ id }) => id) };
  };

  it('is planned, made from nothing, found again, used by a job, checked, and taken away', async () => {
    const { state } = scene.emulator;
    assert.equal(await create('--dry-run'), 0);
    assert.match(scene.output, notShown);
    assert.deepEqual([left(scene), scene.changes()], [nothing, []]);

    assert.equal(await create('--pipeline', 'nightly'), 0, scene.output);
    assert.deepEqual(left(scene), all);
    assert.match(scene.output, notShown);
    assert.doesNotMatch(scene.output, /RenewAgentPoolTokenIssuer/);
    assert.match(scene.output, /create .*--agent-user .*--pipeline nightly --pipeline NAME-OF-THE-PIPELINE$/m);
    const [endpoint] = state.collection.endpoints.all;
    const blueprint = state.applications.find(({ registration }) => registration?.isBlueprint);
    const identity = state.servicePrincipals.find(({ agent }) => agent);
    const user = Object.values(state.users).find(({ agentIdentityId }) => agentIdentityId);
    assert.ok(endpoint && blueprint && identity && user);
    assert.equal(endpoint.data.clientId, blueprint.clientId);
    assert.equal(endpoint.data.agentIdentityId, identity.clientId);
    assert.equal(endpoint.data.agentUserId, user.oid);
    assert.doesNotMatch(JSON.stringify(endpoint.parameters), /refreshToken|clientSecret/i);
    assert.deepEqual([blueprint.passwords, blueprint.federatedCredentials?.length], [[], 1]);
    const grants = state.directory.grants.filter(({ clientId }) => clientId === identity.oid);
    assert.deepEqual(
      grants.map(({ consentType, principalId, scope }) => [consentType, principalId, scope]),
      [['Principal', user.oid, 'vso.pats vso.pats_manage']],
    );

    const before = scene.changes().length;
    assert.equal(await create('--pipeline', 'nightly'), 0);
    assert.equal(scene.changes().length, before, 'a second run changes nothing');

    const job = await runJob({
      pipeline: { steps: [{ task: 'AgentPoolToken@1', inputs: { issuer: endpoint.name, pool: 'Build-Linux' } }] },
      tasksFolder: await unpackedExtension(),
      connections: [storedConnection(endpoint)],
      organizationUrl: scene.emulator.organizationUrl,
      jobAccessToken: state.jobAccessToken,
    });
    assert.equal(job.result, 'Succeeded', job.log.join('\n'));
    assert.equal(state.pats.at(-1)?.userOid, user.oid);

    const changed = scene.changes().length;
    assert.deepEqual(await findings(), { code: 0, ids: ['agent-user-not-shown'] });
    assert.equal(scene.changes().length, changed, 'check changes nothing');
    state.directory.grants.length = 0;
    assert.deepEqual((await findings()).ids, ['consent-missing', 'agent-user-not-shown']);
    await create();

    await assert.rejects(
      () => scene.run('renew', '--user', agentUpn, '--pool', 'Build-Linux', '--yes'),
      /nothing to renew/,
    );
    assert.equal(await scene.run('remove', '--yes'), 0, scene.output);
    assert.deepEqual(left(scene), nothing);
    assert.deepEqual(state.directory.grants, []);
  });

  it('is tried live, with a secret that is gone right after', async () => {
    await create();
    const live = () => scene.run('check', '--live', '--yes', '--user', agentUpn);
    try {
      assert.equal(await live(), 0, scene.output);
      const report = readFileSync('issuer-report.json', 'utf8');
      assert.match(report, /sign the agent user in[^}]*issued/);
      assert.doesNotMatch(report, /[0-9a-f]{8}-[0-9a-f]{4}|fabrikam|pool-agent/i);
      const { state } = scene.emulator;
      assert.deepEqual(state.applications.find(({ registration }) => registration?.isBlueprint)?.passwords, []);
      assert.deepEqual(scene.emulator.activeTokens(), []);
      assert.ok(state.pats.length > 0);

      const asked = () => scene.emulator.requests.filter(({ operation }) => operation === 'connectionData').length;
      const before = asked();
      scene.emulator.plan({ operation: 'pats.create', times: 3, answer: { status: 401 } });
      assert.equal(await live(), 1);
      assert.match(scene.output, /^ERROR +user +agent-user-refused$/m);

      // The last of them is the agent user's own.
      const skip = asked() - before - 1;
      scene.emulator.plan({ operation: 'connectionData', skip, times: 4, answer: { status: 501 } });
      await live();
      const later = readFileSync('issuer-report.json', 'utf8');
      assert.match(later, /ask Azure DevOps who the agent user is[^}]*501/, 'the status of a fault is reported');
      assert.match(later, /"create /, 'the rest is tried all the same');
    } finally {
      rmSync('issuer-report.json', { force: true });
    }
  });

  it('goes on after an interruption at any step, and can be taken away after one in an emergency', async () => {
    await create('--pipeline', 'nightly');
    const steps = [...new Set(scene.changes())];
    assert.ok(steps.length >= 10, steps.join());
    for (const step of steps) {
      const interrupted = await AgentScene.open();
      try {
        interrupted.interruptAfter(step);
        await assert.rejects(() => interrupted.run('create', '--yes', '--pipeline', 'nightly'), Interrupted, step);
        const [endpoint] = interrupted.emulator.state.collection.endpoints.all;
        if (endpoint && endpoint.checks.length === 0) assert.equal(endpoint.pipelines.size, 0, step);
        interrupted.emulator.onRequest = undefined;
        assert.equal(await interrupted.run('create', '--yes', '--pipeline', 'nightly'), 0, step);
        assert.deepEqual(left(interrupted), all, step);
        assert.equal(await interrupted.run('remove', '--yes', '--emergency'), 0, step);
        assert.deepEqual(left(interrupted), nothing, step);
      } finally {
        await interrupted.emulator.close();
      }
    }
  });

  it('says what has not been shown where the organization refuses the user, and what was made can be taken away', async () => {
    scene.emulator.state.collection.takesAgentUsers = false;
    await assert.rejects(
      () => create(),
      (error: SetupError) => {
        assert.match(error.what, notShown);
        assert.match(error.remedy, /remove --user pool-agent@/);
        return true;
      },
    );
    assert.deepEqual(left(scene), { ...all, connections: 0 });
    assert.equal(await scene.run('remove', '--yes', '--user', agentUpn), 0);
    assert.deepEqual(left(scene), nothing);
  });

  it('waits until Entra knows what was made, and gives times where a tenant demands them', async () => {
    scene.emulator.state.directory.grantsNeedStartTime = true;
    const body = JSON.stringify({ error: { code: 'Request_BadRequest', message: 'Object with id 1 not found.' } });
    scene.emulator.plan({ operation: 'graph.agents.identity', answer: { status: 400, body } });
    assert.equal(await create(), 0, scene.output);
    assert.match(scene.output, /Waiting until Entra knows what was made/);
    assert.equal(scene.emulator.state.directory.grants.length, 1);
  });

  it('asks the browser for what a command needs in Microsoft Graph, and for nothing more', async () => {
    await create();
    await scene.run('check');
    await scene.run('remove', '--yes');
    const [ofCreate, ofCheck, ofRemove] = scene.consented.map((scopes) =>
      scopes.filter((scope) => !/Read\.All$/.test(scope)),
    );
    assert.deepEqual(ofCreate?.length, 6);
    assert.deepEqual(ofCheck, []);
    assert.deepEqual(
      ofRemove?.map((scope) => scope.split('.')[0]),
      ['AgentIdentityBlueprint', 'AgentIdentity', 'AgentIdUser'],
    );
  });

  const obstacles: Record<string, [prepare: (scene: AgentScene) => void, what: RegExp]> = {
    'a user who exists and is a person': [
      ({ emulator }) => emulator.addUser({ alias: 'pool-agent' }),
      /"pool-agent@\S+" exists and is no agent user/,
    ],
    'an administrator without a role for agents': [
      ({ emulator, administrator }) => emulator.state.directory.roles.set(administrator.oid, new Set()),
      /no directory role that may make an agent user.*\n.*no directory role that may consent/s,
    ],
    'an extension without federation': [
      ({ emulator }) => {
        const old = JSON.parse(readFileSync('vss-extension.json', 'utf8'));
        for (const { properties } of old.contributions) properties.authenticationSchemes?.splice(1);
        emulator.installExtension(old);
      },
      /no federated connection, which an agent user needs/,
    ],
    'a sign-in in the browser that is broken off': [
      (broken) => {
        broken.signsIn = false;
      },
      /sign-in to Microsoft Graph in the browser gave no token \(The window was closed\)/,
    ],
  };
  for (const [what, [prepare, message]] of Object.entries(obstacles)) {
    it(`is not begun with ${what}`, async () => {
      prepare(scene);
      await assert.rejects(
        () => create(),
        (error: NotReady) => {
          assert.match(error.message, message);
          return error instanceof NotReady;
        },
      );
      assert.deepEqual(scene.changes(), []);
    });
  }

  it('is not begun where the command is interrupted while it waits for the browser', async () => {
    scene.signsIn = 'never';
    await assert.rejects(() => create(), Interrupted);
    assert.deepEqual(scene.changes(), []);
  });

  it('is not begun under the name of an app registration', async () => {
    const { project } = scene.emulator.state;
    assert.ok(project);
    await create();
    await scene.run('remove', '--yes');
    const token = scene.emulator.azureCliToken(scene.administrator, 'graph');
    const answer = await fetch(`${scene.emulator.url}/v1.0/applications`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ displayName: 'agent-pool-token fabrikam' }),
    });
    assert.equal(answer.status, 201);
    await assert.rejects(() => create(), /"agent-pool-token fabrikam" exists and is no blueprint/);
  });
});
