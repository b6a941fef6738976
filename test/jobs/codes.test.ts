import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from '../../dev/emulator';
import { type ErrorCode, remedies } from '../../src/errors';
import { fastTime } from '../support/fast-time';
import { accessTokenInputs, type Outcome, type Plan, runTasks, type TaskRun } from '../support/job';

/** Codes with which none of these jobs fails: renewals have stories of their own, in renew-issuer.test.ts. */
type Foreign = 'cancelled' | 'renewal-refused' | 'renewal-incomplete' | 'renewal-failed';

const fast = { processEnvironment: fastTime() };

const waiting = 'Wait for agents';

function fault(operation: Fault['operation'], answer: Fault['answer'], times = 1): Plan {
  return { faults: [{ operation, answer, times }], options: fast };
}

function reason(patTokenError: string): Plan {
  return fault('pats.create', { status: 200, body: JSON.stringify({ patToken: null, patTokenError }) });
}

/** A later step that waits for an agent. */
function waits(inputs: Record<string, string>): TaskRun {
  const all = { agents: 'build-1', timeoutMinutes: '1', ...inputs };
  return { stepsAfter: [{ task: 'WaitForAgents@1', displayName: waiting, inputs: all }] };
}

/** For each code a job that ends with it: in main, or where it belongs in post or in a step of another task. */
const provocations: Record<Exclude<ErrorCode, Foreign>, Plan> = {
  'input-invalid': { inputs: { scope: 'everything' } },
  'connection-invalid': { connection: { data: { tenantId: '' } } },
  'limit-exceeded': { inputs: { lifetimeMinutes: '90' }, connection: { data: { maxLifetimeMinutes: '60' } } },
  'organization-unsupported': { connection: { url: 'https://tfs.fabrikam.example/tfs' } },
  'host-untrusted': { connection: { data: { authorityUrl: 'https://login.fabrikam.example' } } },
  'sign-in-expired': fault('entra.token', { aadsts: 700082 }),
  'sign-in-interaction-required': fault('entra.token', { aadsts: 50076 }),
  'sign-in-app-misconfigured': fault('entra.token', { aadsts: 7000215 }),
  'sign-in-rejected': fault('entra.token', { aadsts: 50057 }),
  'issuer-not-a-user': (emulator) => ({
    inputs: accessTokenInputs({ accessToken: '$(APP_TOKEN)' }),
    options: { secretVariables: { APP_TOKEN: emulator.servicePrincipalAccessToken() } },
  }),
  'not-signed-in': fault('pats.create', { status: 401 }),
  'pat-creation-restricted': reason('disablePatCreationPolicyViolation'),
  'pat-lifespan-policy': reason('patLifespanPolicyViolation'),
  'pat-scope-policy': reason('fullScopePatPolicyViolation'),
  'pat-global-policy': reason('globalPatPolicyViolation'),
  'pat-refused': reason('accessDenied'),
  'granted-more-than-asked': fault('pats.create', {
    mutate: ({ patToken }: { patToken: object }) => ({ patToken: { ...patToken, targetAccounts: null } }),
  }),
  'token-not-accepted': fault('pools.list', { status: 403 }),
  'pool-not-found': { inputs: { pool: 'Nowhere' } },
  'pool-not-manageable': { inputs: { pool: 'ReadOnly' } },
  'pool-not-viewable': {
    ...waits({ pool: 'Default' }),
    faults: [{ operation: 'agents.list', answer: { status: 403 } }],
  },
  'target-not-found': {
    ...waits({ target: 'deploymentGroup', deploymentGroup: 'Nowhere' }),
    inputs: { scope: 'deploymentGroup' },
    connection: { data: { allowedScopes: 'deploymentGroup' } },
  },
  'agents-not-online': { ...waits({ pool: 'Default' }), options: { processEnvironment: fastTime(60) } },
  throttled: fault('pats.create', { status: 429, headers: { 'Retry-After': '600' } }),
  'timed-out': {
    faults: [{ operation: 'entra.token', times: 4, answer: { hang: true } }],
    options: { processEnvironment: fastTime(100) },
  },
  'temp-folder-unusable': {
    options: {
      variables: { 'Agent.TempDirectory': '/dev/null/t', 'Agent.WorkFolder': '/dev/null/w' },
      processEnvironment: { PATH: process.env.PATH, TMPDIR: '/dev/null/s' },
    },
  },
  network: fault('entra.token', { reset: true }, 4),
  'response-malformed': fault('entra.token', { status: 200, body: '{}' }),
  'lease-mismatch': {
    inputs: { onRevokeFailure: 'fail' },
    afterMain: ({ state }) => {
      for (const refreshToken of state.refreshTokens) refreshToken.user = state.user('colleague');
    },
  },
  'revoke-failed': {
    inputs: { onRevokeFailure: 'fail' },
    faults: [{ operation: 'pats.revoke', answer: { status: 403, body: '{"message":"No."}' } }],
  },
};

const codes = Object.keys(provocations) as (keyof typeof provocations)[];
const ofWait = ['pool-not-viewable', 'target-not-found', 'agents-not-online'];
const ofPost = ['lease-mismatch', 'revoke-failed'];

/** The same job on a machine that is lost after main. What post does then is in the stories that call `assertRefused`. */
function withoutPost(plan: Plan): Plan {
  return async (emulator) => {
    const run = typeof plan === 'function' ? await plan(emulator) : plan;
    return { ...run, options: { ...run.options, skipPostJob: true } };
  };
}

function stageOf(code: string, outcome: Outcome) {
  if (ofWait.includes(code)) return outcome.job.stages.find(({ displayName }) => displayName === waiting);
  return ofPost.includes(code) ? outcome.post : outcome.main;
}

describe('each error code', () => {
  let outcomes: Record<string, Outcome>;

  before(async function () {
    this.timeout(300_000);
    const needsPost = (code: string) => ofPost.includes(code) || ofWait.includes(code);
    const plans = Object.entries<Plan>(provocations).map(([code, plan]) => [
      code,
      needsPost(code) ? plan : withoutPost(plan),
    ]);
    outcomes = await runTasks(Object.fromEntries(plans));
  });

  it('that there is can be met, and stands in this list', () => {
    const foreign: Record<Foreign, true> = {
      cancelled: true,
      'renewal-refused': true,
      'renewal-incomplete': true,
      'renewal-failed': true,
    };
    assert.deepEqual([...codes, ...Object.keys(foreign)].sort(), Object.keys(remedies).sort());
  });

  for (const code of codes) {
    it(`ends the message of the step: ${code}`, () => {
      const outcome = outcomes[code];
      assert.ok(outcome);
      const stage = stageOf(code, outcome);
      assert.equal(outcome.job.result, 'Failed');
      assert.equal(stage?.result, 'Failed');
      assert.match(stage?.message ?? '', new RegExp(`\\(${code}\\)$`));
      assert.deepEqual(outcome.activeAfterJob, ofPost.includes(code) ? outcome.made : []);
    });
  }

  it('has a heading in the troubleshooting page', () => {
    const text = readFileSync(join(__dirname, '..', '..', 'docs', 'troubleshooting.md'), 'utf8');
    for (const code of codes) assert.ok(text.includes(`\n## \`${code}\`\n`), code);
  });
});
