import assert from 'node:assert/strict';
import { type RenewalRun, runRenewal } from '../support/renewal';

const displayName = 'Renew the agent pool token issuer';
const pipeline = `
steps:
  - task: AgentPoolToken@1
    name: mint
    displayName: ${displayName}
    inputs:
      issuer: issuer
      pool: Default
`;

/** Mints in a job with a federated issuer connection, and returns what each of its stages asked for. */
async function mintWith(run: Pick<RenewalRun, 'prepare' | 'options'> = {}) {
  const names = { issuer: 'issuer', writer: 'writer' };
  const outcome = await runRenewal({ federated: true, ...run, names, pipeline });
  const main = outcome.job.stages.find((stage) => stage.displayName === displayName);
  const post = outcome.job.stages.find((stage) => stage.displayName === `Post-job: ${displayName}`);
  assert.ok(main);
  const operations = outcome.requests.map(({ operation }) => operation);
  return { ...outcome, main, post, operations, active: outcome.emulator.activeTokens() };
}

describe('a job with a federated issuer', function () {
  this.timeout(300_000);

  it('mints with four requests and revokes with three, without a client secret', async () => {
    const { main, post, operations, active, requests, job } = await mintWith();
    assert.equal(job.result, 'Succeeded', `${main.message} ${post?.message}`);
    const signIn = ['oidc.token', 'entra.token'];
    assert.deepEqual(operations, [...signIn, 'pats.create', 'pools.list', ...signIn, 'pats.revoke']);
    assert.deepEqual(active, []);
    const forms = requests.filter(({ operation }) => operation === 'entra.token').map(({ body }) => body);
    assert.ok(forms.every((form) => form.includes('client_assertion=') && !form.includes('client_secret')));
    assert.match(main.log.join('\n'), /of no use outside of jobs that may use the connection/);
  });

  it('mints in a classic release too, whose agent is at another host of the service', async () => {
    const variables = { 'Release.ReleaseId': '99', 'Release.DefinitionName': 'Rollout' };
    const { main, post, active, requests, job } = await mintWith({ options: { hostType: 'release', variables } });
    assert.equal(job.result, 'Succeeded', `${main.message} ${post?.message}`);
    assert.deepEqual(active, []);
    const create = requests.find(({ operation }) => operation === 'pats.create');
    assert.match(
      JSON.parse(create?.body ?? '{}').displayName,
      /^agent-pool-token r99 j[0-9a-f]{8} a1 [a-z2-7]{10} Rollout$/,
    );
  });

  // What else the app may not trust is tried in test/unit/sign-in.
  it('says what was presented where the app trusts another subject', async () => {
    const { main, active } = await mintWith({
      prepare: ({ emulator }) => {
        const [credential] = emulator.state.applications[0]?.federatedCredentials ?? [];
        assert.ok(credential);
        credential.subject = 'sc://other';
      },
    });
    assert.match(main.message ?? '', /\bAADSTS700213\b.*the subject "[^"]+".*\(sign-in-app-misconfigured\)$/);
    assert.deepEqual(active, []);
  });
});
