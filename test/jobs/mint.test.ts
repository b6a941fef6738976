import assert from 'node:assert/strict';
import type { Emulator } from '../../dev/emulator';
import type { HandlerName, JobResult } from '../../dev/job-runner';
import { assertQuiet } from '../support/expect';
import { accessTokenInputs, type Outcome, runTask, runTasks, useToken } from '../support/job';
import { agentNode } from '../support/strangers';

/** Each Node of the agent by each handler, once. */
const runs: [kind: keyof typeof kinds, node: 'node20' | 'node24', handler: HandlerName][] = [
  ['issuer', 'node20', 'Node20_1'],
  ['issuer', 'node24', 'Node24'],
  ['accessToken', 'node20', 'Node24'],
  ['accessToken', 'node24', 'Node20_1'],
];

const kinds = {
  issuer: { inputs: {}, main: ['entra.token', 'pats.create', 'pools.list'], post: ['entra.token', 'pats.revoke'] },
  accessToken: { inputs: accessTokenInputs(), main: ['pats.create', 'pools.list'], post: ['pats.revoke'] },
};

/** The status that the token is answered with, once the job has ended. */
async function statusOf(emulator: Emulator, job: JobResult): Promise<number> {
  const basic = Buffer.from(`:${job.secretVariables.AGENT_POOL_TOKEN}`).toString('base64');
  const headers = { Authorization: `Basic ${basic}`, 'X-TFS-FedAuthRedirect': 'Suppress' };
  const url = `${emulator.organizationUrl}/_apis/distributedtask/pools?api-version=7.1`;
  return (await fetch(url, { headers })).status;
}

describe('a job that mints a token', () => {
  describe('takes no more requests than it must', () => {
    const combinations = runs.map(([kind, node, handler]) => ({
      ...kinds[kind],
      node,
      handler,
      name: `${kind}, on ${node} by ${handler}`,
    }));
    let outcomes: Record<string, Outcome>;

    before(async () => {
      outcomes = await runTasks(
        Object.fromEntries(
          combinations.map(({ name, inputs, node, handler }) => [
            name,
            { inputs, options: { node: agentNode(node), handler } },
          ]),
        ),
      );
    });

    for (const { name, main, post } of combinations) {
      it(`${main.length} and ${post.length} with ${name}`, () => {
        const outcome = outcomes[name];
        assert.ok(outcome);
        assert.equal(outcome.job.result, 'Succeeded');
        assert.deepEqual([...outcome.main.issues, ...outcome.post.issues], []);
        assert.deepEqual(outcome.mainRequests, main);
        assert.deepEqual(outcome.postRequests, post);
        assert.equal(outcome.made.length, 1);
        assert.deepEqual(outcome.activeAfterMain, outcome.made);
        assert.deepEqual(outcome.activeAfterJob, []);
      });
    }

    it('sends the refresh token to the authority alone, and the new token to the probe alone', () => {
      const { requests = [], made = [] } = outcomes['issuer, on node20 by Node20_1'] ?? {};
      const pat = Buffer.from(`:${made[0]?.token}`).toString('base64');
      assert.equal(requests.length, 5);
      for (const { operation, body, headers } of requests) {
        assert.equal(body.includes('refresh_token'), operation === 'entra.token', operation);
        assert.equal((headers.authorization ?? '').includes(pat), operation === 'pools.list', operation);
      }
    });
  });

  describe('and uses it', () => {
    let outcome: Outcome;
    let afterwards: number;

    before(async () => {
      outcome = await runTask(({ organizationUrl }) => ({
        stepsAfter: [useToken(organizationUrl)],
        afterJob: async (emulator, job) => {
          afterwards = await statusOf(emulator, job);
        },
      }));
    });

    it('has it as a secret variable that a later script takes through env', () => {
      const { job, made } = outcome;
      assert.equal(job.secretVariables.AGENT_POOL_TOKEN, made[0]?.token);
      assert.ok(job.log.includes('pools answered 200'));
      assert.equal(job.result, 'Succeeded');
    });

    it('has it neither as an output nor as a public variable', () => {
      const { outputs, variables: open } = outcome.job;
      assert.deepEqual(Object.keys(outputs.mint ?? {}).sort(), ['expiresOn', 'tokenId', 'tokenKind']);
      assert.equal(open.AGENT_POOL_TOKEN, undefined);
      const age = Date.now() - Date.parse(open.AGENT_POOL_TOKEN_MINTED_ON ?? '');
      assert.ok(age >= 0 && age < 300_000, `minted ${age} ms ago`);
      assert.equal(JSON.stringify(open).includes(outcome.made[0]?.token ?? ''), false);
    });

    it('has its id, its expiry and its kind as outputs', () => {
      const [pat] = outcome.made;
      const { tokenId, expiresOn = '', tokenKind } = outcome.job.outputs.mint ?? {};
      assert.equal(tokenId, pat?.authorizationId);
      assert.equal(tokenKind, 'pat');
      assert.match(expiresOn, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
      assert.ok(Math.abs(Date.parse(expiresOn) - (pat?.validTo ?? 0)) < 1000);
    });

    it('shows what the token can do, where, until when, and what ends it', () => {
      const [pat] = outcome.made;
      const guarantee = outcome.main.log.find((line) => /guarantee/i.test(line) && !line.includes('[debug]')) ?? '';
      assert.match(guarantee, /agent pools/i);
      assert.match(guarantee, /vso\.agentpools_manage/);
      assert.match(guarantee, /"fabrikam"/);
      assert.match(guarantee, /revoked when this job ends/);
      assert.ok(guarantee.includes(outcome.job.outputs.mint?.expiresOn ?? 'no expiry'));
      assert.ok(outcome.main.log.some((line) => line.includes(pat?.displayName ?? '') && !line.includes('[debug]')));
    });

    it('asks for one organization, one scope and one hour, by a name that says build, job, attempt and pipeline', () => {
      const [pat] = outcome.made;
      assert.match(pat?.displayName ?? '', /^agent-pool-token b4711 j12f1170f a1 [a-z2-7]{10} agents$/);
      const create = JSON.parse(outcome.requests.find(({ operation }) => operation === 'pats.create')?.body ?? '{}');
      assert.equal(create.scope, 'vso.agentpools_manage');
      assert.equal(create.allOrgs, false);
      assert.equal(pat?.targetAccounts?.length, 1);
      const minutes = ((pat?.validTo ?? 0) - (pat?.validFrom ?? 0)) / 60_000;
      assert.ok(minutes > 59 && minutes < 61, `${minutes} minutes`);
    });

    it('signs in with the two permissions that it needs, and asks for no new refresh token', () => {
      const form = new URLSearchParams(outcome.requests[0]?.body);
      const scope = form.get('scope') ?? '';
      assert.match(scope, /499b84ac-1321-427f-aa17-267ca6975798\/vso\.pats( |$)/);
      assert.match(scope, /499b84ac-1321-427f-aa17-267ca6975798\/vso\.pats_manage/);
      assert.equal(scope.includes('offline_access'), false);
    });

    it('leaves it revoked, so that it is refused afterwards', () => {
      assert.deepEqual(outcome.activeAfterJob, []);
      assert.equal(outcome.made[0]?.revoked, true);
      assert.equal(afterwards, 401);
      assert.ok(outcome.post.log.some((line) => line.includes(outcome.made[0]?.displayName ?? '')));
    });
  });

  it('works for a public client, which has no secret', async () => {
    const { job, activeAfterJob, made, requests } = await runTask(({ state }) => {
      const clientId = state.applications.find(({ clientSecret }) => clientSecret === undefined)?.clientId ?? '';
      const refreshToken = state.issueRefreshToken({ clientId }).value;
      return { connection: { data: { clientId }, secrets: { clientSecret: undefined, refreshToken } } };
    });
    assert.equal(job.result, 'Succeeded');
    assert.equal(requests[0]?.body.includes('client_secret'), false);
    assert.equal(made.length, 1);
    assert.deepEqual(activeAfterJob, []);
  });

  it('works with an access token that the service alone can read', async () => {
    const { job, made, activeAfterJob } = await runTask((emulator) => ({
      inputs: accessTokenInputs({ accessToken: '$(OPAQUE_TOKEN)' }),
      options: { secretVariables: { OPAQUE_TOKEN: emulator.userAccessToken({ opaque: true }) } },
    }));
    assert.equal(job.result, 'Succeeded');
    assert.equal(made.length, 1);
    assert.deepEqual(activeAfterJob, []);
  });

  it('shows little where debug output is off', async () => {
    const { main, post, job } = await runTask({ options: { debug: false } });
    assert.equal(job.result, 'Succeeded');
    const written = (log: string[]) => log.filter((line) => !/^##\[section\]|^=+$|^\w+ +: /.test(line));
    assert.ok(written(main.log).length <= 5, written(main.log).join('\n'));
    assert.equal(written(post.log).length, 1);
  });

  it('does nothing in its post-job if it never ran', async () => {
    const { main, post, requests } = await runTask({ step: { condition: 'failed()' } });
    assert.equal(main.result, 'Skipped');
    assertQuiet(post);
    assert.equal(requests.length, 0);
  });
});
