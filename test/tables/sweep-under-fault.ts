import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { type Operation, openServices, type PatRecord, type Services } from '../../dev/emulator';
import { accessTokenInputs, runSweep, type Stage } from '../support/job-in-process';
import { FakeRuntime } from '../support/world';
import { checkEnd, checkNothingAlive, checkRequests, checkTime, faultOf } from './fault-checks';
import type { Misbehaviour } from './misbehaviours';
import type { Expected } from './table';

const minute = 60_000;
const budget = 15 * minute;
const project = randomUUID();

/** An operation of a sweep, and how the sweep comes to ask for it. */
export interface AskedBySweep {
  operation: Operation;
  /** Whether it is given the id of a token, rather than left to look for leftovers. */
  byId?: boolean;
  /** Whether it signs in, rather than being handed an access token. */
  signsIn?: boolean;
  /** Ages in minutes of the tokens that a job left, which has ended. */
  ages: number[];
}

/**
 * Runs a sweep while a service misbehaves, and, if it left any, one more when the service is well again: then none of our tokens may be alive,
 * and no other token touched.
 * @returns how many tokens of ours the first sweep left alive.
 */
export async function sweepUnderFault(
  asked: AskedBySweep,
  misbehaviour: Misbehaviour,
  expected: Expected,
): Promise<number> {
  const runtime = new FakeRuntime();
  const services = openServices({ time: runtime.time });
  const jobId = randomUUID();
  services.state.addRun(7, project, [{ id: jobId, name: 'Job', state: 'completed' }]);
  const ours = asked.ages.map((age) => leave(services, `agent-pool-token b7 j${jobId.slice(0, 8)} a1`, age));
  const others = leave(services, 'laptop', 300);
  services.plan(faultOf(misbehaviour, asked.operation, runtime.clock));

  const stage = await sweep({ services, runtime }, asked, ours);
  const left = ours.filter((token) => services.state.isActive(token)).length;
  if (left > 0) {
    services.recover();
    const again = await sweep({ services, runtime }, { ...asked, byId: false }, ours);
    assert.equal(again.result, 'Succeeded', again.message);
  }
  checkNothingAlive(ours.filter((token) => services.state.isActive(token)));
  assert.ok(services.state.isActive(others), 'a token of somebody else was revoked');

  checkRequests(stage.requests, asked.operation, expected);
  checkEnd(stage, expected, 'Failed');
  checkTime(stage, budget);
  const { failedCount } = stage.outputs;
  if (expected.ends === 'succeeds') assert.equal(failedCount, '0');
  if (expected.ends === 'revoke-failed') assert.ok(Number(failedCount) > 0, `${failedCount} failed`);
  return left;
}

function sweep(
  job: { services: Services; runtime: FakeRuntime },
  { byId, signsIn }: AskedBySweep,
  ours: PatRecord[],
): Promise<Stage> {
  const tokenIds = ours.map(({ authorizationId }) => authorizationId).join();
  return runSweep(job, {
    inputs: { ...(!signsIn && accessTokenInputs()), ...(byId && { revoke: 'tokenIds', tokenIds }) },
    options: { variables: { 'System.TeamProjectId': project } },
  });
}

/** A token that is alive, whose name begins so. */
function leave({ state }: Services, origin: string, ageMinutes: number): PatRecord {
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
