import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { registerAgent } from '../../dev/agent';
import type { Emulator } from '../../dev/emulator';
import type { StageResult } from '../../dev/job-runner';
import { assertFails } from '../support/expect';
import { fastTime } from '../support/fast-time';
import { issuerConnection, type Outcome, runTask, type TaskRun } from '../support/job';
import { presentAgent } from '../support/present-agent';
import { allSettled } from '../support/settled';

const waiting = 'Wait';

/** A later step that waits. */
function waitStep(inputs: Record<string, string>): object {
  return { task: 'WaitForAgents@1', name: 'wait', displayName: waiting, inputs: { pool: 'Default', ...inputs } };
}

function stageOf({ job }: Outcome, displayName = waiting): StageResult {
  return job.stages.find((stage) => stage.displayName === displayName) ?? assert.fail(`no stage ${displayName}`);
}

/** The lines by which a reader of the log learns who has come. */
function arrivals(stage: StageResult): string[] {
  return stage.rawLines.filter((line) => line.endsWith('" is online.'));
}

function looks({ requests }: Outcome): number {
  return requests.filter(({ operation, query }) => operation === 'agents.list' && query.includeCapabilities === 'false')
    .length;
}

const machinesFolder = mkdtempSync(join(tmpdir(), 'waiting-'));

/** A machine that boots: it registers with the token of the job, and its agent comes online a little later. */
function boots(agent: string, milliseconds = 0, environment: Record<string, string> = {}) {
  return async ({ organizationUrl, state, activeTokens }: Emulator): Promise<void> => {
    await sleep(milliseconds);
    const [pat] = activeTokens();
    await registerAgent({
      url: organizationUrl,
      token: pat?.token ?? '',
      pool: 'Default',
      agent,
      directory: mkdtempSync(join(machinesFolder, 'agent-')),
      environment,
    });
    await sleep(100);
    state.setAgentStatus('Default', agent, 'online');
  };
}

type Machine = ReturnType<typeof boots>;

/** A job that mints, has machines boot and waits, with 20 s passing in each second. */
async function runWaiting(
  inputs: Record<string, string>,
  { machines = [], ...more }: TaskRun & { machines?: Machine[] } = {},
): Promise<Outcome> {
  let booted = Promise.allSettled<void>([]);
  const job = runTask({
    afterMain: (emulator) => {
      booted = Promise.allSettled(machines.map((machine) => machine(emulator)));
    },
    ...more,
    stepsAfter: [waitStep(inputs), ...(more.stepsAfter ?? [])],
    options: { processEnvironment: fastTime(), ...more.options },
  });
  // The machines come up beside the job, which may fail: both have ended when this returns or throws.
  const [outcome] = await Promise.allSettled([job]);
  for (const machine of await booted) {
    if (machine.status === 'rejected') throw machine.reason;
  }
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

const cancel = new AbortController();

/** The jobs of this file; most of their time they wait, so that all run at once. */
const jobs = {
  'the last comes late': () =>
    runWaiting(
      { agents: 'build-1, build-2' },
      {
        machines: [boots('build-1'), boots('build-2', 1200)],
        stepsAfter: [{ bash: 'echo "$(wait.onlineCount) are online"', displayName: 'Count' }],
      },
    ),
  'revoked early': () =>
    runWaiting(
      { agents: 'build-*' },
      {
        machines: [boots('build-1')],
        stepsAfter: [
          {
            task: 'RevokeAgentPoolTokens@1',
            name: 'revoke',
            inputs: { issuer: issuerConnection, revoke: 'tokenIds', tokenIds: '$(mint.tokenId)' },
          },
        ],
      },
    ),
  capabilities: () =>
    runWaiting(
      { count: '1', capabilities: 'gpu\nsize=large' },
      { machines: [boots('small', 0, { gpu: 'yes' }), boots('large', 700, { gpu: 'yes', size: 'Large' })] },
    ),
  missing: () =>
    runWaiting(
      { agents: 'build-1, build-2, build-3', timeoutMinutes: '8' },
      {
        machines: [
          boots('build-1'),
          async (emulator) => {
            await boots('build-2')(emulator);
            emulator.state.setAgentStatus('Default', 'build-2', 'offline');
          },
        ],
      },
    ),
  faults: () =>
    runWaiting(
      { agents: 'build-1' },
      {
        faults: [
          { operation: 'agents.list', answer: { status: 429, headers: { 'Retry-After': '20' } } },
          { operation: 'agents.list', answer: { status: 200, body: '{"value":"nothing"}' } },
          { operation: 'agents.list', answer: { reset: true }, times: 4 },
        ],
        afterMain: (emulator) => emulator.state.pool('Default').agents.push(presentAgent(emulator, 'build-1')),
      },
    ),
  'revoked meanwhile': () =>
    runWaiting(
      { agents: 'build-1' },
      {
        afterMain: ({ state }) => {
          for (const pat of state.pats) pat.revoked = true;
        },
      },
    ),
  'no token': () => runWaiting({ count: '1', token: '$(NO_TOKEN)' }),
  'no pool': () => runWaiting({ count: '1', pool: 'Nowhere' }),
  cancelled: () =>
    runWaiting(
      { count: '1' },
      {
        options: {
          cancel: cancel.signal,
          cancelTimings: { sigintMs: 15_000, sigtermMs: 15_000 },
          onLine: (line) => {
            if (line.startsWith('Waiting: ')) cancel.abort();
          },
        },
      },
    ),
};

describe('waiting for agents', function () {
  this.timeout(300_000);
  const outcomes = {} as Record<keyof typeof jobs, Outcome>;
  before(() =>
    allSettled(
      Object.entries(jobs).map(async ([name, job]) => {
        outcomes[name as keyof typeof jobs] = await job();
      }),
    ),
  );
  after(() => rmSync(machinesFolder, { recursive: true, force: true }));

  it('ends when the last machine has come, and the token is revoked only then', () => {
    const outcome = outcomes['the last comes late'];
    const stage = stageOf(outcome);
    assert.equal(stage.result, 'Succeeded', stage.log.join('\n'));
    assert.deepEqual(arrivals(stage).sort(), ['"build-1" is online.', '"build-2" is online.']);
    assert.ok(stage.rawLines.some((line) => /^##vso\[task\.setprogress value=100;/.test(line)));
    assert.ok(stageOf(outcome, 'Count').log.includes('2 are online'));
    assert.deepEqual(outcome.activeAfterJob, []);
    assert.ok(looks(outcome) <= 8, `it looked ${looks(outcome)} times`);
  });

  it('lets the token be revoked early by its id, and the post-job step finds nothing to do', () => {
    const { job, post, activeAfterJob } = outcomes['revoked early'];
    assert.equal(job.result, 'Succeeded');
    assert.equal(job.outputs.revoke?.revokedCount, '1');
    assert.deepEqual(post.issues, []);
    assert.deepEqual(activeAfterJob, []);
  });

  it('counts only agents with the capabilities that are wanted', () => {
    const stage = stageOf(outcomes.capabilities);
    assert.equal(stage.result, 'Succeeded');
    assert.deepEqual(arrivals(stage), ['"large" is online.']);
  });

  it('fails and names who is missing, and the token is revoked', () => {
    const outcome = outcomes.missing;
    assertFails(
      stageOf(outcome),
      'agents-not-online',
      /After 8 minutes: "build-3" has not registered in the pool; "build-2" was last seen 20\d\d-\d\d-\d\dT[\d:.]+Z\./,
    );
    assert.equal(outcome.job.outputs.wait?.onlineCount, '1');
    assert.deepEqual(outcome.activeAfterJob, []);
  });

  it('goes on when the service throttles, answers nonsense or breaks off, and waits as long as it is asked to', () => {
    const outcome = outcomes.faults;
    assert.equal(stageOf(outcome).result, 'Succeeded', stageOf(outcome).log.join('\n'));
    const [first, second] = outcome.requests.filter(({ operation }) => operation === 'agents.list');
    const seconds = (((second?.at ?? 0) - (first?.at ?? 0)) / 1000) * 20;
    assert.ok(seconds >= 20, `it came again after ${seconds} s`);
  });

  it('fails when the token was revoked meanwhile', () => {
    assertFails(stageOf(outcomes['revoked meanwhile']), 'token-not-accepted');
  });

  it('fails when no step has minted a token, or the pool is not there', () => {
    assertFails(stageOf(outcomes['no token']), 'input-invalid', 'token is empty');
    assertFails(stageOf(outcomes['no pool']), 'pool-not-found', '"Nowhere"');
  });

  it('ends when the job is cancelled, and the token is revoked', () => {
    const { job, activeAfterJob } = outcomes.cancelled;
    assert.equal(job.result, 'Canceled');
    assert.equal(stageOf(outcomes.cancelled).result, 'Canceled');
    assert.ok(stageOf(outcomes.cancelled).milliseconds < 15_000, 'it did not have to be killed');
    assert.deepEqual(activeAfterJob, []);
  });
});
