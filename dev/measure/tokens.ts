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
  const add = (list: PatRecord[], displayName: string, age: number, user = 'default') =>
    list.push(token(state, displayName, age, user));
  const ours = (list: PatRecord[], origin: string, age: number) => {
    counts.ours++;
    add(list, `agent-pool-token ${origin} ${unique()} load`, age);
  };
  for (let run = 1; run <= runs; run++) {
    const [one, two, three, again] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    const running = run % 4 === 0;
    state.addRun(run, project, [
      { id: one, name: 'One', state: 'completed' },
      { id: two, name: 'Two', state: 'completed' },
      { id: three, name: 'Three', state: running ? 'inProgress' : 'completed' },
      { id: again, name: 'Again', state: running ? 'inProgress' : 'completed', attempt: 2 },
    ]);
    ours(due, `b${run} j${one.slice(0, 8)} a1`, young);
    ours(due, `b${run} j${two.slice(0, 8)} a1`, old);
    ours(running ? spared : due, `b${run} j${three.slice(0, 8)} a1`, old);
    // The job runs a second time: what its first attempt left is due all the same.
    ours(due, `b${run} j${again.slice(0, 8)} a1`, young);
    if (running) counts.ofRunningJobs++;
    if (run % 8 === 0) ours(spared, `b${run} j${one.slice(0, 8)} a1k`, old);
    add(spared, `agent-pool-token b${run} j${one.slice(0, 8)} a1 ${unique()} load`, old, 'colleague');
  }
  for (let left = 0; counts.ours < 2000; left++) {
    const stranger = left % 2 === 0 ? `b${900_000 + left}` : `r${left}`;
    ours(left % 4 < 2 ? due : spared, `${stranger} j${unique8()} a1`, left % 4 < 2 ? old : young);
  }
  for (let other = counts.ours; other < all; other++) {
    const nearMiss = other % 10 === 0 ? nearMisses[(other / 10) % nearMisses.length] : undefined;
    add(spared, nearMiss ?? `laptop ${other}`, old);
  }
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

function token(state: State, displayName: string, ageMinutes: number, user: string): PatRecord {
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
