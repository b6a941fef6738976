import { randomBytes, randomUUID } from 'node:crypto';
import type { Emulator, PatRecord, State } from '../emulator';

/** What a sweep did to the tokens that it found. */
export interface SweepJudgement {
  active: number;
  ours: number;
  ofRunningJobs: number;
  /** Tokens that had to be revoked, and how many of them are. */
  due: number;
  revokedOfDue: number;
  /** Revoked although they had to be left alone. */
  wronglyRevoked: string[];
  requests: Record<string, number>;
}

const all = 10_000;
const runs = 400;
const old = 3 * 60;
const young = 30;

/** Names that are almost ours. */
const nearMisses = [
  'agent-pool-token',
  'agent-pool-token b1 j00000001 a1 aaaaaaaaaa',
  'agent-pool-token b1 j0000001 a1 aaaaaaaaaa load',
  'agent-pool-token b1 j0000000G a1 aaaaaaaaaa load',
  'agent-pool-token b1 j00000001 a1 aaaaaaaaa1 load',
  'agent-pool-token b1 j00000001 a1 aaaaaaaaa load',
  'agent-pool-token b1 j00000001 a1q aaaaaaaaaa load',
  'agent-pool-token x1 j00000001 a1 aaaaaaaaaa load',
  'agent-pool-token b j00000001 a1 aaaaaaaaaa load',
  'Agent-Pool-Token b1 j00000001 a1 aaaaaaaaaa load',
  ' agent-pool-token b1 j00000001 a1 aaaaaaaaaa load',
  'my agent-pool-token b1 j00000001 a1 aaaaaaaaaa load',
  'agent-pool-token b1 j00000001 a1 aaaaaaaaaa a/slash',
  'agent-pool-token b1 j00000001 a1 aaaaaaaaaa and a name that is longer than any that we write',
];

const due: PatRecord[] = [];
const spared: PatRecord[] = [];
const counts = { ours: 0, ofRunningJobs: 0 };

/**
 * Gives the default user ten thousand tokens, two thousand of them ours, and a colleague some of our names too. Each
 * run has four jobs, of which two still run in every fourth run.
 */
export function fillWithTokens({ state }: Emulator, project: string): void {
  for (let run = 1; run <= runs; run++) addRun(state, project, run);
  for (let left = 0; counts.ours < 2000; left++) {
    const isOld = left % 4 < 2;
    const stranger = left % 2 === 0 ? `b${900_000 + left}` : `r${left}`;
    addOurs(state, isOld ? due : spared, { origin: `${stranger} j${unique8()} a1`, age: isOld ? old : young });
  }
  for (let other = counts.ours; other < all; other++) {
    const nearMiss = other % 10 === 0 ? nearMisses[(other / 10) % nearMisses.length] : undefined;
    spared.push(token(state, nearMiss ?? `laptop ${other}`, old));
  }
}

function addRun(state: State, project: string, run: number): void {
  const [one, two, three, again] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const isRunning = run % 4 === 0;
  const running = isRunning ? 'inProgress' : 'completed';
  state.addRun(run, project, [
    { id: one, name: 'One', state: 'completed' },
    { id: two, name: 'Two', state: 'completed' },
    { id: three, name: 'Three', state: running },
    { id: again, name: 'Again', state: running, attempt: 2 },
  ]);
  const originOf = (job: string) => `b${run} j${job.slice(0, 8)}`;
  addOurs(state, due, { origin: `${originOf(one)} a1`, age: young });
  addOurs(state, due, { origin: `${originOf(two)} a1`, age: old });
  addOurs(state, isRunning ? spared : due, { origin: `${originOf(three)} a1`, age: old });
  // The job runs a second time: what its first attempt left is due all the same.
  addOurs(state, due, { origin: `${originOf(again)} a1`, age: young });
  if (isRunning) counts.ofRunningJobs++;
  if (run % 8 === 0) addOurs(state, spared, { origin: `${originOf(one)} a1k`, age: old });
  spared.push(token(state, `agent-pool-token ${originOf(one)} a1 ${unique()} load`, old, 'colleague'));
}

function addOurs(state: State, list: PatRecord[], { origin, age }: { origin: string; age: number }): void {
  counts.ours++;
  list.push(token(state, `agent-pool-token ${origin} ${unique()} load`, age));
}

/** Compares what is alive with what had to be. */
export function judgeSweep({ state, requests }: Emulator): SweepJudgement {
  const byOperation: Record<string, number> = {};
  for (const { operation } of requests) byOperation[operation] = (byOperation[operation] ?? 0) + 1;
  return {
    active: all,
    ...counts,
    due: due.length,
    revokedOfDue: due.filter(({ revoked }) => revoked).length,
    wronglyRevoked: spared.filter((pat) => !state.isActive(pat)).map(({ displayName }) => displayName),
    requests: byOperation,
  };
}

function token(state: State, displayName: string, ageMinutes: number, user = 'default'): PatRecord {
  const now = state.clock.now();
  const pat: PatRecord = {
    authorizationId: randomUUID(),
    displayName,
    scope: 'vso.agentpools_manage',
    targetAccounts: [state.organizationId],
    token: randomBytes(63).toString('base64url'),
    validFrom: now - ageMinutes * 60_000,
    validTo: now + 24 * 60 * 60_000,
    userOid: state.user(user).oid,
    revoked: false,
  };
  state.pats.push(pat);
  return pat;
}

/** Ten characters as the names of tokens have them. */
function unique(): string {
  return Array.from(randomBytes(10), (byte) => 'abcdefghijklmnopqrstuvwxyz234567'[byte % 32]).join('');
}

function unique8(): string {
  return randomBytes(4).toString('hex');
}
