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
  /** The runs whose jobs have a token that is alive now. */
  runsWithToken: string[];
  /** The most tokens that any one job had alive at any one time. */
  mostOfOneJob: number;
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
      mostOfOneJob = Math.max(mostOfOneJob, activeOf(runIn(JSON.parse(record.body).displayName)).length);
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
    return {
      requests: requests.length,
      throttled: strained('throttled').length,
      failedBefore: strained('failedBefore').length,
      failedAfter: strained('failedAfter').length,
      minted: state.pats.length,
      runsWithToken: emulator.activeTokens().map(({ displayName }) => runIn(displayName)),
      mostOfOneJob,
      unknown: requests.filter(({ operation }) => operation === 'unknown').length,
    };
  },
  /** Lets the only job of each run be known as ended. */
  end: ({ project, jobIds }: { project: string; jobIds: Record<string, string> }): void => {
    for (const [run, id] of Object.entries(jobIds)) {
      emulator.state.addRun(Number(run), project, [{ id, name: 'Job', state: 'completed' }]);
    }
  },
  fill: (project: string): void => fillWithTokens(emulator, project),
  swept: (): SweepJudgement => judgeSweep(emulator),
};

export type Calls = typeof calls;

function activeOf(run: string) {
  return emulator.activeTokens().filter(({ displayName }) => displayName.startsWith(`agent-pool-token b${run} `));
}

function runIn(displayName: string): string {
  return / b(\d+) /.exec(displayName)?.[1] ?? '';
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
