import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { type Emulator, type Operation, type PatRecord, startEmulator } from '../../../dev/emulator';
import type { JobResult, StageResult } from '../../../dev/job-runner';
import { fastTime } from '../../support/fast-time';
import { accessTokenInputs, runSweep } from '../../support/job';
import { startElsewhere } from './elsewhere';
import { checkEnd, checkNothingAlive, checkRequests, checkTime, faultOf } from './fault-checks';
import { type Misbehaviour, speedOf } from './misbehaviours';
import type { Expected } from './table';

const minute = 60_000;
const budget = 15 * minute;
const project = randomUUID();

/** An operation of a sweep, and how the sweep comes to ask for it. */
export interface AskedBySweep {
  operation: Operation;
  /** Whether it is told the id of a token, rather than left to look for leftovers. */
  byId?: boolean;
  /** Whether it signs in, rather than being handed an access token. */
  signsIn?: boolean;
  /** Ages in minutes of the tokens that a job left, which has ended. */
  ages: number[];
}

/**
 * Runs a sweep while a service misbehaves, and, if it left any, one more when the service is well again: then none of our tokens may be alive,
 * and nobody else's touched.
 * @returns how many tokens of ours the first sweep left alive.
 */
export async function sweepUnderFault(
  asked: AskedBySweep,
  misbehaviour: Misbehaviour,
  expected: Expected,
): Promise<number> {
  const elsewhere = await startElsewhere();
  const emulator = await startEmulator();
  try {
    const jobId = randomUUID();
    emulator.state.addRun(7, project, [{ id: jobId, name: 'Job', state: 'completed' }]);
    const ours = asked.ages.map((age) => leave(emulator, `agent-pool-token b7 j${jobId.slice(0, 8)} a1`, age));
    const others = leave(emulator, 'laptop', 300);
    emulator.plan(faultOf(misbehaviour, asked.operation, elsewhere));

    const speed = speedOf(misbehaviour);
    const job = await sweep(emulator, asked, ours, speed);
    const requests = [...emulator.requests];
    const left = ours.filter((token) => emulator.state.isActive(token)).length;
    if (left > 0) {
      emulator.recover();
      const again = await sweep(emulator, { ...asked, byId: false }, ours, speed);
      assert.equal(again.result, 'Succeeded', stageOf(again).message);
    }
    checkNothingAlive(ours.filter((token) => emulator.state.isActive(token)));
    assert.ok(emulator.state.isActive(others), 'a token of somebody else was revoked');

    checkRequests(requests, asked.operation, expected, speed);
    checkEnd(stageOf(job), expected, 'Failed');
    checkTime(stageOf(job), budget, speed);
    assert.equal(elsewhere.visits, 0, 'nobody went where a redirect leads');
    const { failedCount } = job.outputs.RevokeAgentPoolTokens ?? {};
    if (expected.ends === 'succeeds') assert.equal(failedCount, '0');
    if (expected.ends === 'revoke-failed') assert.ok(Number(failedCount) > 0, `${failedCount} failed`);
    return left;
  } finally {
    await emulator.close();
    await elsewhere.close();
  }
}

async function sweep(
  emulator: Emulator,
  { byId, signsIn }: AskedBySweep,
  ours: PatRecord[],
  speed: number,
): Promise<JobResult> {
  const tokenIds = ours.map(({ authorizationId }) => authorizationId).join();
  return runSweep(emulator, {
    inputs: { ...(!signsIn && accessTokenInputs()), ...(byId && { revoke: 'tokenIds', tokenIds }) },
    options: { variables: { 'System.TeamProjectId': project }, processEnvironment: fastTime(speed) },
  });
}

function stageOf({ stages: [stage] }: JobResult): StageResult {
  assert.ok(stage);
  return stage;
}

/** A token that is alive, whose name begins so. */
function leave({ state }: Emulator, origin: string, ageMinutes: number): PatRecord {
  const unique = Array.from(randomBytes(10), (byte) => 'abcdefghijklmnopqrstuvwxyz234567'[byte % 32]).join('');
  const now = state.clock.now();
  const pat: PatRecord = {
    authorizationId: randomUUID(),
    displayName: `${origin} ${unique} Nightly`,
    scope: 'vso.agentpools_manage',
    targetAccounts: [state.organizationId],
    token: randomBytes(63).toString('base64url'),
    validFrom: now - ageMinutes * minute,
    validTo: now + 24 * 60 * minute,
    userOid: state.users.default.oid,
    revoked: false,
  };
  state.pats.push(pat);
  return pat;
}
