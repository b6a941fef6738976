/** The emulated services in a process of their own; whoever started it steers it through messages. */
import { type Emulator, Overload, type OverloadOptions, type RequestRecord, startEmulator } from '../emulator';
import type { Access } from './job';
import { fillWithTokens, judgeSweep, type SweepJudgement } from './tokens';

/** What became of many jobs, as the services saw it. */
export interface JobsSeen {
  requests: number;
  throttled: number;
  failedBefore: number;
  failedAfter: number;
  minted: number;
  /** Alive now. */
  active: number;
  /** The most tokens that any one job had alive at any one time. */
  mostOfOneJob: number;
  /** How many requests for a token failed, by run. */
  failedCreates: Record<string, number>;
  /** Requests that a job must never make. */
  unknown: number;
}

let emulator: Emulator;
let mostOfOneJob = 0;

const calls = {
  start: async (overload: OverloadOptions | undefined): Promise<Access & { jobAccessToken: string }> => {
    emulator = await startEmulator();
    if (overload) emulator.state.overload = new Overload(overload);
    emulator.onRequest = (record, phase) => {
      if (record.operation !== 'pats.create' || phase !== 'effected') return;
      mostOfOneJob = Math.max(mostOfOneJob, activeOf(runOf(record)).length);
    };
    const { organizationUrl, issuer, state } = emulator;
    return { organizationUrl, issuer, jobAccessToken: state.jobAccessToken };
  },
  /** How many tokens the only job of a run has alive, and whether this is one of them. */
  activeTokens: ({ run, token }: { run: string; token: string }): { count: number; includesIt: boolean } => {
    const active = activeOf(run);
    return { count: active.length, includesIt: active.some((pat) => pat.token === token) };
  },
  jobs: (): JobsSeen => {
    const { requests, state } = emulator;
    const strained = (strain: RequestRecord['strain']) => requests.filter((record) => record.strain === strain);
    const failedCreates: Record<string, number> = {};
    for (const record of [...strained('failedBefore'), ...strained('failedAfter')]) {
      if (record.operation !== 'pats.create') continue;
      failedCreates[runOf(record)] = (failedCreates[runOf(record)] ?? 0) + 1;
    }
    return {
      requests: requests.length,
      throttled: strained('throttled').length,
      failedBefore: strained('failedBefore').length,
      failedAfter: strained('failedAfter').length,
      minted: state.pats.length,
      active: emulator.activeTokens().length,
      mostOfOneJob,
      failedCreates,
      unknown: requests.filter(({ operation }) => operation === 'unknown').length,
    };
  },
  fill: (project: string): void => fillWithTokens(emulator, project),
  swept: (): SweepJudgement => judgeSweep(emulator),
};

export type Calls = typeof calls;

function activeOf(run: string) {
  return emulator.activeTokens().filter(({ displayName }) => displayName.startsWith(`agent-pool-token b${run} `));
}

function runOf({ body }: RequestRecord): string {
  return / b(\d+) /.exec(JSON.parse(body).displayName)?.[1] ?? '';
}

process.on('message', async ({ id, name, argument }: { id: number; name: keyof Calls; argument: never }) => {
  try {
    process.send?.({ id, result: await calls[name](argument) });
  } catch (error) {
    process.send?.({ id, error: String(error) });
  }
});

// Whoever started it may die without a word.
process.on('disconnect', () => process.exit());
