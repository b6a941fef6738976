import assert from 'node:assert/strict';
import type { Emulator } from '../../dev/emulator';
import type { JobOptions, StageName } from '../../dev/job-runner';
import { fastTime } from '../support/fast-time';
import { accessTokenInputs, type Outcome, runTask, sweepAfter, type TaskRun } from '../support/job';
import { runAtOnce } from '../support/settled';
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

/** What a run without a crash went through, and how the crash of another left things. */
interface Tried {
  points: Point[];
  killed: boolean;
  outcome: Outcome;
}

/** Has the task library print debug lines only where they are shown: no process dies differently at one of those. */
const withoutDebugLines = { 'DistributedTask.Tasks.Node.SkipDebugLogsWhenDebugModeOff': 'true' };

describe('a task that is killed', function () {
  this.timeout(300_000);
  const accessToken = accessTokenInputs();

  it('at any point of main leaves nothing alive once post-job has run', async () => {
    await atEveryPoint('main', {}, async () => {});
  });

  it('at any point of main leaves nothing alive once post-job has run, with an access token', async () => {
    await atEveryPoint('main', { inputs: accessToken }, async () => {});
  });

  it('at any point of main leaves nothing alive if the token was to outlive the job that never got it', async () => {
    await atEveryPoint('main', { inputs: { revokeAfterJob: 'false' } }, async () => {}, keptOnceHandedOver);
  });

  it('at any point of post-job leaves nothing alive once a sweep has run', async () => {
    await atEveryPoint('post', {}, sweepAfter);
  });

  it('at any point of post-job leaves nothing alive once a sweep has run, with an access token', async () => {
    await atEveryPoint('post', { inputs: accessToken }, sweepAfter);
  });
});

/** A job that has its token keeps it, as it asked. Main may die after that. */
function keptOnceHandedOver({ job }: Outcome): boolean {
  return job.secretVariables.AGENT_POOL_TOKEN !== undefined;
}

async function atEveryPoint(
  stage: StageName,
  run: TaskRun,
  afterJob: NonNullable<TaskRun['afterJob']>,
  isKept: (outcome: Outcome) => boolean = () => false,
): Promise<void> {
  const { points } = await tryPoint(stage, run, afterJob, undefined);
  assert.ok(points.filter(({ kind }) => kind === 'command').length >= 5, 'commands were counted');
  assert.ok(points.filter(({ kind }) => kind === 'request').length >= 3, 'requests were counted');
  const tries = points.filter(isTried).map((point) => async () => {
    const { killed, outcome } = await tryPoint(stage, run, afterJob, point);
    const name = `${point.kind} ${point.index}`;
    assert.ok(killed, `${name} was not reached`);
    const alive = isKept(outcome) ? 0 : outcome.activeAtEnd.length;
    count('crash points', 1);
    count('tokens left alive', alive);
    assert.equal(alive, 0, `killed at ${name} of ${stage}: a token is alive`);
  });
  await runAtOnce(2, tries);
}

/** Whether to kill the task there: at every point but within a row of masks, where it changes nothing else. */
function isTried({ isMask }: Point, at: number, points: readonly Point[]): boolean {
  const isWithinMasks = isMask && points[at - 1]?.isMask && points[at + 1]?.isMask;
  return !isWithinMasks || at % masks.inARow < masks.tried;
}

/** Runs the job, killing the stage's process at the point, or nowhere. */
async function tryPoint(
  stage: StageName,
  run: TaskRun,
  afterJob: NonNullable<TaskRun['afterJob']>,
  target: Point | undefined,
): Promise<Tried> {
  const points: Point[] = [];
  const counts = { command: 0, request: 0 };
  let processId: number | undefined;
  let inStage = false;
  let killed = false;
  const reach = (kind: Point['kind'], isMask = false) => {
    if (!inStage || killed) return;
    const index = counts[kind]++;
    points.push({ kind, index, isMask });
    if (kind !== target?.kind || index !== target.index || processId === undefined) return;
    killed = true;
    process.kill(processId, 'SIGKILL');
  };
  const onCommand: JobOptions['onCommand'] = ({ event }, running) => {
    inStage = running.name === 'mint' && running.stage === stage;
    if (inStage) processId = running.processId;
    reach('command', event === 'setsecret');
  };
  const outcome = await runTask((emulator: Emulator) => {
    emulator.onRequest = () => reach('request');
    return {
      ...run,
      afterJob: async (services, job) => {
        inStage = false;
        await afterJob(services, job);
      },
      options: { onCommand, processEnvironment: fastTime(), debug: false, variables: withoutDebugLines },
    };
  });
  return { points, killed, outcome };
}
