import assert from 'node:assert/strict';
import type { Fault, Operation } from '../../dev/emulator';
import { type Outcome, runTask, sweepAfter } from '../support/job-in-process';
import { noon } from '../support/world';
import { checkEnd, checkNothingAlive, checkRequests, checkTime, faultOf } from './fault-checks';
import type { Misbehaviour } from './misbehaviours';
import type { Expected } from './table';

/** Milliseconds that each part of the step may take; main has some more for revoking what it made. */
const budgets = { main: 150_000, post: 90_000 };

/** An operation of a job, and how the job comes to ask for it. */
export interface Asked {
  operation: Operation;
  stage: 'main' | 'post';
  inputs?: Record<string, string>;
  /** What has to go wrong first. */
  faults?: Fault[];
  /** How main ends without the fault, if not well. */
  mainEnds?: string;
  /** Whether main may leave its token to post, because the fault keeps main from revoking it. */
  mayLeave?: true;
  /** What else must not leak, by what it is. */
  secrets?: Record<string, string>;
}

/**
 * Runs a job whose service misbehaves for as long as one of its stages lasts, and checks what the task promises;
 * then, if a token is left, a sweep, after which none may be.
 */
export async function runUnderFault(asked: Asked, misbehaviour: Misbehaviour, expected: Expected): Promise<Outcome> {
  const { operation, stage, faults = [], inputs, secrets = {} } = asked;
  const outcome = await runTask({
    ...(inputs && { inputs }),
    secrets,
    faults: stage === 'main' ? [...faults, faultOf(misbehaviour, operation, noon)] : faults,
    afterMain: (services) => {
      services.recover();
      if (stage === 'post') services.plan(faultOf(misbehaviour, operation, services.state.clock.now()));
    },
    afterJob: async (job) => {
      job.services.recover();
      if (job.services.activeTokens().length > 0) await sweepAfter(job);
    },
  });
  checkNothingAlive(outcome.activeAtEnd);
  checkRequests(outcome[stage].requests, operation, expected);
  checkTime(outcome.main, budgets.main);
  checkTime(outcome.post, budgets.post);
  checkStages(outcome, asked, expected);
  return outcome;
}

function checkStages(outcome: Outcome, { stage, mainEnds = 'succeeds', mayLeave }: Asked, expected: Expected): void {
  const { main, post, job, activeAfterMain, activeAfterJob } = outcome;
  const ofMain = stage === 'main' ? expected : { ...expected, ends: mainEnds };
  checkEnd(main, ofMain, 'Failed');
  const token = job.secretVariables.AGENT_POOL_TOKEN;
  const active = activeAfterMain.map((pat) => pat.token);
  if (ofMain.ends === 'succeeds') assert.deepEqual(active, [token]);
  else assert.equal(token, undefined);
  if (stage === 'main' && ofMain.ends !== 'succeeds') assert.ok(active.length <= (mayLeave ? 1 : 0));
  const ofPost = stage === 'post' ? expected : { ...expected, ends: 'succeeds', warnings: [] };
  checkEnd(post, ofPost, 'SucceededWithIssues');
  // Only a post-job that says so may leave a token, for the sweep.
  if (ofPost.ends === 'succeeds') assert.deepEqual(activeAfterJob, []);
}
