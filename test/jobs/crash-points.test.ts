import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type PatRecord, startEmulator } from '../../dev/emulator';
import type { Command, JobOptions, RunningStage, StageName } from '../../dev/job-runner';
import { fastTime } from '../support/fast-time';
import { accessTokenInputs, type Outcome, runTask, sweepAfter, type TaskRun } from '../support/job';
import { leftByMain } from '../support/left-by-main';
import { runAtOnce } from '../support/settled';
import { signalIfAlive } from '../support/signal-if-alive';
import { count } from '../support/tally';

/**
 * A moment at which the task's process can die: a logging command that has been printed, or a phase of a request: it
 * has arrived and had no effect yet, it has had its effect and was not answered, it has been answered. Counted for
 * commands and requests apart, because nothing orders one against the other.
 */
interface Point {
  kind: 'command' | 'request';
  index: number;
  isMask: boolean;
}

/** Of so many masks that follow each other, those at which the task is killed: dozens lie between two requests. */
const masks = { inARow: 4, tried: 3 };

/** How a run went whose process was killed at a point, or nowhere. */
interface Tried {
  points: Point[];
  /** For each point at which it was to be killed: the tokens that were alive then, if it was reached. */
  aliveAt: (PatRecord[] | undefined)[];
  /** What main left for post. */
  left: string;
  outcome: Outcome;
}

/** What became of a run whose process was killed. */
interface Killed extends Pick<Outcome, 'job'> {
  at: string;
  /** Tokens that are alive when post has run, or has died. */
  alive: PatRecord[];
}

/** An agent runs a step so many times again that fails. */
const maxRetries = 10;

/** Has the task library print debug lines only where they are shown: no process dies differently at one of those. */
const withoutDebugLines = { 'DistributedTask.Tasks.Node.SkipDebugLogsWhenDebugModeOff': 'true' };

describe('a task that is killed', function () {
  this.timeout(300_000);
  const accessToken = accessTokenInputs();

  it('at any point of main leaves nothing alive once post-job has run', async () => {
    assertNoneAlive(await atEveryPoint('main', {}));
  });

  it('at any point of main leaves nothing alive once post-job has run, with an access token', async () => {
    assertNoneAlive(await atEveryPoint('main', { inputs: accessToken }));
  });

  it('at any point of main leaves nothing alive if the token was to outlive the job that never got it', async () => {
    const kills = await atEveryPoint('main', { inputs: { revokeAfterJob: 'false' } });
    // A job that has its token keeps that one, as it asked. Main may die after that.
    const kept = ({ job }: Killed) => (job.secretVariables.AGENT_POOL_TOKEN === undefined ? 0 : 1);
    assertNoneAlive(kills.map((kill) => ({ ...kill, alive: kill.alive.slice(kept(kill)) })));
  });

  it('at any point of post-job leaves nothing alive once a sweep has run', async () => {
    assertNoneAlive(await swept(await atEveryPoint('post', {})));
  });

  it('at any point of post-job leaves nothing alive once a sweep has run, with an access token', async () => {
    assertNoneAlive(await swept(await atEveryPoint('post', { inputs: accessToken })));
  });
});

function assertNoneAlive(kills: Killed[]): void {
  for (const { at, alive } of kills) {
    count('crash points', 1);
    count('tokens left alive', alive.length);
    assert.equal(alive.length, 0, `killed at ${at}: a token is alive`);
  }
}

/** Has one sweep look after what all these jobs left, as that of a night does: in one organization, of one user. */
async function swept(kills: Killed[]): Promise<Killed[]> {
  const emulator = await startEmulator();
  try {
    const { users, organizationId, pats } = emulator.state;
    // One job may have left its token several times.
    const here = (token: PatRecord): PatRecord => ({
      ...token,
      authorizationId: randomUUID(),
      userOid: users.default.oid,
      targetAccounts: [organizationId],
    });
    const moved = kills.map((kill) => ({ ...kill, alive: kill.alive.map(here) }));
    pats.push(...moved.flatMap(({ alive }) => alive));
    const [first] = kills;
    assert.ok(first && pats.length > 0, 'killed post-jobs left tokens');
    await sweepAfter(emulator, first.job);
    const alive = emulator.activeTokens();
    return moved.map((kill) => ({ ...kill, alive: kill.alive.filter((token) => alive.includes(token)) }));
  } finally {
    await emulator.close();
  }
}

/** Runs the job to each point, at which the process of the stage is killed. */
async function atEveryPoint(stage: StageName, run: TaskRun): Promise<Killed[]> {
  const { points } = await tryPoints(stage, run);
  assert.ok(points.filter(({ kind }) => kind === 'command').length >= 5, 'commands were counted');
  assert.ok(points.filter(({ kind }) => kind === 'request').length >= 3, 'requests were counted');
  const targets = points.filter(isTried);
  return stage === 'main' ? killMains(run, targets) : killPosts(run, targets);
}

/** One job for each point. Of the mains that left the same for post, one is followed by it, and what it left alive counts for all. */
async function killMains(run: TaskRun, targets: Point[]): Promise<Killed[]> {
  const followed = new Set<string>();
  const aliveAfter = new Map<string, PatRecord[]>();
  const kills: (Killed & { left: string })[] = [];
  const tries = targets.map((target) => async () => {
    const isFollowed = (left: string) => !followed.has(left) && Boolean(followed.add(left));
    const { aliveAt, left, outcome } = await tryPoints('main', run, { targets: [target], isFollowed });
    const at = nameOf('main', target);
    assert.ok(aliveAt[0], `${at} was not reached`);
    kills.push({ at, left, job: outcome.job, alive: outcome.activeAfterJob });
    if (!outcome.job.stages.some((each) => each.stage === 'post')) return;
    assert.deepEqual([outcome.post.result, outcome.post.issues], ['Succeeded', []], `post after ${at}`);
    aliveAfter.set(left, outcome.activeAfterJob);
  });
  await runAtOnce(2, tries);
  return kills.map((kill) => ({ ...kill, alive: aliveAfter.get(kill.left) ?? kill.alive }));
}

/** One job for several points: the agent runs a post that died again, which finds the token alive as the first did. */
async function killPosts(run: TaskRun, points: Point[]): Promise<Killed[]> {
  const kills: Killed[] = [];
  const tries = groupsOf(points, maxRetries + 1).map((targets) => async () => {
    const step = { retryCountOnTaskFailure: targets.length - 1 };
    const { aliveAt, outcome } = await tryPoints('post', { ...run, step }, { targets });
    for (const [index, target] of targets.entries()) {
      const at = nameOf('post', target);
      kills.push({ at, job: outcome.job, alive: aliveAt[index] ?? assert.fail(`${at} was not reached`) });
    }
  });
  await runAtOnce(2, tries);
  return kills;
}

function nameOf(stage: StageName, { kind, index }: Point): string {
  return `${kind} ${index} of ${stage}`;
}

function groupsOf<Item>(items: readonly Item[], size: number): Item[][] {
  const starts = items.map((_, index) => index).filter((index) => index % size === 0);
  return starts.map((start) => items.slice(start, start + size));
}

/** Whether to kill the task there: at every point but within a row of masks, where it changes nothing else. */
function isTried({ isMask }: Point, at: number, points: readonly Point[]): boolean {
  const isWithinMasks = isMask && points[at - 1]?.isMask && points[at + 1]?.isMask;
  return !isWithinMasks || at % masks.inARow < masks.tried;
}

/**
 * Runs the job, killing each attempt of the stage at a point of its own, or none. Where post is not to follow, the worker of
 * main dies too.
 */
async function tryPoints(
  stage: StageName,
  run: TaskRun,
  { targets = [], isFollowed }: { targets?: Point[]; isFollowed?: (left: string) => boolean } = {},
): Promise<Tried> {
  const tried = { points: [] as Point[], aliveAt: [] as Tried['aliveAt'], left: '' };
  const obeyed: Command[] = [];
  const worker = new AbortController();
  let counts = { command: 0, request: 0 };
  let running: RunningStage | undefined;
  let isKilled = false;
  const outcome = await runTask((emulator) => {
    const reach = (kind: Point['kind'], isMask = false) => {
      if (running?.processId === undefined || isKilled) return;
      const target = targets[running.attempt - 1];
      const index = counts[kind]++;
      tried.points.push({ kind, index, isMask });
      if (kind !== target?.kind || index !== target.index) return;
      isKilled = true;
      signalIfAlive(running.processId, 'SIGKILL');
    };
    const noteAlive = () => {
      if (running && isKilled)
        tried.aliveAt[running.attempt - 1] = emulator.activeTokens().map((token) => ({ ...token }));
    };
    const begin = (attempt: RunningStage) => {
      noteAlive();
      // For the services too, no earlier attempt was.
      for (const token of emulator.state.pats) token.revoked = false;
      running = attempt;
      counts = { command: 0, request: 0 };
      isKilled = false;
    };
    const onCommand: JobOptions['onCommand'] = (command, now) => {
      if (now.name !== 'mint' || now.stage !== stage) running = undefined;
      else if (running?.attempt !== now.attempt) begin(now);
      obeyed.push(command);
      reach('command', command.event === 'setsecret');
    };
    emulator.onRequest = () => reach('request');
    return {
      ...run,
      afterMain: () => {
        tried.left = leftByMain(obeyed, emulator);
        if (stage === 'main') noteAlive();
        if (isFollowed && !isFollowed(tried.left)) worker.abort();
      },
      afterJob: async () => noteAlive(),
      options: {
        onCommand,
        processEnvironment: fastTime(),
        debug: false,
        variables: withoutDebugLines,
        loseWorker: worker.signal,
      },
    };
  });
  return { ...tried, outcome };
}
