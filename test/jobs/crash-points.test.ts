import assert from 'node:assert/strict';
import { type Emulator, type PatRecord, startEmulator } from '../../dev/emulator';
import type { Command, JobOptions, StageName } from '../../dev/job-runner';
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

/** How a run went whose process was killed at a point, or nowhere. */
interface Tried {
  points: Point[];
  killed: boolean;
  /** What main left for post. */
  left: string;
  outcome: Outcome;
}

/** What became of a run whose process was killed. */
interface Killed extends Pick<Outcome, 'job'> {
  at: string;
  /** Tokens that are alive when post has run. */
  alive: PatRecord[];
}

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
    // A job that has its token keeps it, as it asked. Main may die after that.
    const isKept = ({ job }: Killed) => job.secretVariables.AGENT_POOL_TOKEN !== undefined;
    assertNoneAlive(kills.map((kill) => (isKept(kill) ? { ...kill, alive: [] } : kill)));
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
    const here = { userOid: users.default.oid, targetAccounts: [organizationId] };
    const moved = kills.map((kill) => ({ ...kill, alive: kill.alive.map((token) => ({ ...token, ...here })) }));
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

/**
 * Runs the job once for each point, at which the process of the stage is killed. Of the mains that left the same for post,
 * one is followed by it, and what that post left alive counts for all of them.
 */
async function atEveryPoint(stage: StageName, run: TaskRun): Promise<Killed[]> {
  const { points } = await tryPoint(stage, run);
  assert.ok(points.filter(({ kind }) => kind === 'command').length >= 5, 'commands were counted');
  assert.ok(points.filter(({ kind }) => kind === 'request').length >= 3, 'requests were counted');
  const hasPost = ({ job }: Killed) => job.stages.some((each) => each.stage === 'post');
  const followed = new Set<string>();
  const isFollowed = (left: string) => stage === 'post' || (!followed.has(left) && Boolean(followed.add(left)));
  const kills: (Killed & { left: string })[] = [];
  const tries = points.filter(isTried).map((target) => async () => {
    const { killed, left, outcome } = await tryPoint(stage, run, { target, isFollowed });
    const at = `${target.kind} ${target.index} of ${stage}`;
    assert.ok(killed, `${at} was not reached`);
    const kill = { at, left, job: outcome.job, alive: outcome.activeAfterJob };
    kills.push(kill);
    if (stage === 'main' && hasPost(kill)) {
      assert.deepEqual([outcome.post.result, outcome.post.issues], ['Succeeded', []], `post after ${at}`);
    }
  });
  await runAtOnce(2, tries);
  const aliveAfter = new Map(kills.filter(hasPost).map(({ left, alive }) => [left, alive]));
  return kills.map((kill) => (hasPost(kill) ? kill : { ...kill, alive: aliveAfter.get(kill.left) ?? kill.alive }));
}

/** Whether to kill the task there: at every point but within a row of masks, where it changes nothing else. */
function isTried({ isMask }: Point, at: number, points: readonly Point[]): boolean {
  const isWithinMasks = isMask && points[at - 1]?.isMask && points[at + 1]?.isMask;
  return !isWithinMasks || at % masks.inARow < masks.tried;
}

/** Runs the job, killing the stage's process at the point, or nowhere. Where post is not to follow, its worker dies too. */
async function tryPoint(
  stage: StageName,
  run: TaskRun,
  { target, isFollowed }: { target?: Point; isFollowed?: (left: string) => boolean } = {},
): Promise<Tried> {
  const points: Point[] = [];
  const counts = { command: 0, request: 0 };
  const obeyed: Command[] = [];
  const worker = new AbortController();
  let processId: number | undefined;
  let inStage = false;
  let killed = false;
  let left = '';
  const reach = (kind: Point['kind'], isMask = false) => {
    if (!inStage || killed) return;
    const index = counts[kind]++;
    points.push({ kind, index, isMask });
    if (kind !== target?.kind || index !== target.index || processId === undefined) return;
    killed = true;
    process.kill(processId, 'SIGKILL');
  };
  const onCommand: JobOptions['onCommand'] = (command, running) => {
    inStage = running.name === 'mint' && running.stage === stage;
    if (inStage) processId = running.processId;
    obeyed.push(command);
    reach('command', command.event === 'setsecret');
  };
  const outcome = await runTask((emulator) => {
    emulator.onRequest = () => reach('request');
    return {
      ...run,
      afterMain: () => {
        left = leftByMain(obeyed, emulator);
        if (isFollowed && !isFollowed(left)) worker.abort();
      },
      options: {
        onCommand,
        processEnvironment: fastTime(),
        debug: false,
        variables: withoutDebugLines,
        loseWorker: worker.signal,
      },
    };
  });
  return { points, killed, left, outcome };
}

/**
 * Everything that post can learn of a main: the commands that the agent obeyed, but for masks, what the services were asked,
 * and how many tokens they have made. Names, ids and times differ from job to job: of each stands whether it is that of the
 * token that was made.
 */
function leftByMain(obeyed: readonly Command[], { requests, state }: Emulator): string {
  const made = new Map(
    state.pats.flatMap(({ displayName, authorizationId, token }) => [
      [displayName, 'its name'],
      [authorizationId, 'its id'],
      [token, 'itself'],
    ]),
  );
  const kindOf = (_: string, value: unknown) => {
    if (typeof value === 'string') return value && (made.get(value) ?? 'text');
    return typeof value === 'number' ? 'number' : value;
  };
  const said = obeyed.flatMap(({ event, properties, data }) =>
    event === 'setsecret' ? [] : [[event, ...properties, JSON.stringify(parsed(data), kindOf)]],
  );
  return JSON.stringify([said, requests.map(({ operation }) => operation), state.pats.length]);
}

/** The value in a JSON text, or the text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
