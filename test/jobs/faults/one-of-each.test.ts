import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { type Emulator, type Fault, type Operation, startEmulator } from '../../../dev/emulator';
import { fastTime } from '../../support/fast-time';
import { accessTokenInputs, runSweep, runTask, sweepAfter, type TaskRun } from '../../support/job';
import { sideBySide } from '../../support/side-by-side';
import { count } from '../../support/tally';

const always = Number.POSITIVE_INFINITY;
const reset = (operation: Operation): Fault => ({ operation, times: always, answer: { reset: true } });
const refused = (operation: Operation): Fault => ({ operation, times: always, answer: { status: 403 } });
/** Takes effect, and its answer is lost. */
const lost: Fault = { operation: 'pats.create', when: 'after', answer: { reset: true } };
const widened: Fault = {
  operation: 'pats.create',
  answer: { mutate: ({ patToken }: { patToken: object }) => ({ patToken: { ...patToken, scope: 'app_token' } }) },
};

interface Broken {
  stage: 'main' | 'post';
  run: TaskRun;
  fault: Fault;
  ends: string;
}

/** The waits between tries, and for a token that may still appear, take a twentieth of their time. */
const fast = { processEnvironment: fastTime() };

const accessToken = { inputs: accessTokenInputs() };

/** One job for each operation whose connection breaks, in each stage: all else is a table, in process. */
const jobs: Record<string, Broken> = {
  'main that signs in': { stage: 'main', run: {}, fault: reset('entra.token'), ends: 'network' },
  'main that creates': { stage: 'main', run: accessToken, fault: reset('pats.create'), ends: 'network' },
  'main that probes': { stage: 'main', run: accessToken, fault: reset('pools.list'), ends: 'network' },
  'main that looks for its token': {
    stage: 'main',
    run: { ...accessToken, faults: [lost] },
    fault: reset('pats.list'),
    ends: 'network',
  },
  'main that revokes its token': {
    stage: 'main',
    run: { ...accessToken, faults: [widened] },
    fault: reset('pats.revoke'),
    ends: 'granted-more-than-asked',
  },
  'post that signs in': { stage: 'post', run: {}, fault: reset('entra.token'), ends: 'revoke-failed' },
  'post that looks for a token': {
    stage: 'post',
    run: { ...accessToken, faults: [lost, refused('pats.list')] },
    fault: reset('pats.list'),
    ends: 'revoke-failed',
  },
  'post that revokes': { stage: 'post', run: accessToken, fault: reset('pats.revoke'), ends: 'revoke-failed' },
};

/** How a sweep ends where one operation breaks; a run that cannot be read is no failure. */
const sweeps: [operation: Operation, ends: RegExp][] = [
  ['entra.token', /\(network\)$/],
  ['pats.list', /\(revoke-failed\)$/],
  ['timelines.get', /^$/],
  ['pats.revoke', /\(revoke-failed\)$/],
];

/** A token of a job of hours ago. */
function leaveOne({ state }: Emulator): void {
  const hour = 3_600_000;
  const now = state.clock.now();
  state.pats.push({
    authorizationId: randomUUID(),
    displayName: 'agent-pool-token b7 j12f1170f a1 abcdefghij Nightly',
    scope: 'vso.agentpools_manage',
    targetAccounts: [state.organizationId],
    token: randomBytes(63).toString('base64url'),
    validFrom: now - 3 * hour,
    validTo: now + hour,
    userOid: state.users.default.oid,
    revoked: false,
  });
}

sideBySide('a packaged task whose service breaks each connection', 2, (test) => {
  for (const [what, { stage, run, fault, ends }] of Object.entries(jobs)) {
    test(`${what}: ${ends}, and a sweep leaves none`, async () => {
      const outcome = await runTask({
        ...run,
        options: fast,
        faults: [...(run.faults ?? []), ...(stage === 'main' ? [fault] : [])],
        afterMain: (emulator) => {
          emulator.recover();
          if (stage === 'post') emulator.plan(fault);
        },
        afterJob: async (emulator, job) => {
          emulator.recover();
          if (emulator.activeTokens().length > 0) await sweepAfter(emulator, job);
        },
      });
      const { result, message, issues } = outcome[stage];
      assert.equal(result, stage === 'main' ? 'Failed' : 'SucceededWithIssues');
      assert.match(message ?? issues.map((issue) => issue.message).join(), new RegExp(`\\(${ends}\\)$`));
      count('faults', 1);
      count('tokens left alive', outcome.activeAtEnd.length);
      assert.deepEqual(outcome.activeAtEnd, []);
    });
  }

  for (const [operation, ends] of sweeps) {
    test(`a sweep, at ${operation}: ends with ${ends}, and the next one leaves none`, async () => {
      const emulator = await startEmulator();
      try {
        leaveOne(emulator);
        emulator.plan(reset(operation));
        const [stage] = (await runSweep(emulator, { options: fast })).stages;
        assert.match(stage?.message ?? '', ends);
        emulator.recover();
        await runSweep(emulator);
        count('faults', 1);
        count('tokens left alive', emulator.activeTokens().length);
        assert.deepEqual(emulator.activeTokens(), []);
      } finally {
        await emulator.close();
      }
    });
  }
});
