import assert from 'node:assert/strict';
import type { Fault, Operation } from '../../../dev/emulator';
import { fastTime } from '../../support/fast-time';
import { type Outcome, runTask, sweepAfter, type TaskRun } from '../../support/job';
import { startElsewhere } from './elsewhere';
import { checkEnd, checkNothingAlive, checkRequests, checkTime, faultOf } from './fault-checks';
import { type Misbehaviour, speedOf } from './misbehaviours';
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
  const elsewhere = await startElsewhere();
  const fault = faultOf(misbehaviour, operation, elsewhere);
  const speed = speedOf(misbehaviour);
  const run: TaskRun = {
    ...(inputs && { inputs }),
    secrets,
    faults: stage === 'main' ? [...faults, fault] : faults,
    afterMain: (emulator) => {
      emulator.recover();
      if (stage === 'post') emulator.plan(fault);
    },
    afterJob: async (emulator, job) => {
      emulator.recover();
      if (emulator.activeTokens().length > 0) await sweepAfter(emulator, job);
    },
    options: { processEnvironment: fastTime(speed) },
  };
  try {
    const outcome = await runTask(run);
    const { requests, mainRequests, postRequests } = outcome;
    checkNothingAlive(outcome.activeAtEnd);
    const ofStage =
      stage === 'main' ? requests.slice(0, mainRequests.length) : requests.slice(requests.length - postRequests.length);
    checkRequests(ofStage, operation, expected, speed);
    checkTime(outcome.main, budgets.main, speed);
    checkTime(outcome.post, budgets.post, speed);
    checkStages(outcome, asked, expected);
    assert.equal(elsewhere.visits, 0, 'nobody went where a redirect leads');
    return outcome;
  } finally {
    await elsewhere.close();
  }
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
