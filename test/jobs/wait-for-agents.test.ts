import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { registerAgent } from '../../dev/agent';
import type { Emulator } from '../../dev/emulator';
import type { StageResult } from '../../dev/job-runner';
import { giveKey } from '../support/agent-key';
import { assertFails } from '../support/expect';
import { fastTime } from '../support/fast-time';
import { issuerConnection, type Outcome, runTask, type TaskRun } from '../support/job';
import { presentAgent } from '../support/present-agent';
import { runAtOnce } from '../support/settled';

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

/** How many looks at the pool reached the service. */
function looks({ requests }: Outcome): number {
  return requests.filter(({ operation, query }) => operation === 'agents.list' && query.includeCapabilities === 'false')
    .length;
}

const machinesFolder = mkdtempSync(join(tmpdir(), 'waiting-'));

interface Boot {
  /** Whether it begins to register when the step has said what it waits for; default: as soon as there is a token. */
  late?: boolean;
  environment?: Record<string, string>;
  /** Whether it takes the place of an agent of its name. */
  replace?: boolean;
  place?: { kind: 'deploymentGroup' | 'environment'; name: string };
}

/** A machine that boots: it registers with the token of the job, and its agent comes online a little later. */
function boots(agent: string, { late = false, environment = {}, replace = false, place }: Boot = {}) {
  return async ({ organizationUrl, state, activeTokens }: Emulator, waits: Promise<void>): Promise<void> => {
    if (late) await waits;
    const [pat] = activeTokens();
    const directory = mkdtempSync(join(machinesFolder, 'agent-'));
    await giveKey(directory);
    await registerAgent({
      url: organizationUrl,
      token: pat?.token ?? '',
      pool: 'Default',
      agent,
      directory,
      environment,
      replace,
      ...(place && { placeInProject: { project: 'Fabrikam', tags: [], ...place } }),
    });
    await sleep(100);
    state.setAgentStatus(place ? `Fabrikam-${place.name}` : 'Default', agent, 'online');
  };
}

type Machine = ReturnType<typeof boots>;

interface Waiting extends TaskRun {
  /** What boots when the token has been minted. */
  machines?: Machine[];
  /** Agents of the pool that have been online for an hour when the job starts. */
  existing?: string[];
}

/** A job that mints, has machines boot and waits, with 20 s passing in each second. */
async function runWaiting(
  inputs: Record<string, string>,
  { machines = [], existing = [], ...more }: Waiting = {},
): Promise<Outcome> {
  let booted = Promise.allSettled<void>([]);
  let onWaiting = () => {};
  const waits = new Promise<void>((resolve) => {
    onWaiting = resolve;
  });
  const job = runTask((emulator) => {
    addAgents(emulator, existing);
    return {
      afterMain: () => {
        booted = Promise.allSettled(machines.map((machine) => machine(emulator, waits)));
      },
      ...more,
      stepsAfter: [waitStep(inputs), ...(more.stepsAfter ?? [])],
      options: {
        processEnvironment: fastTime(),
        ...more.options,
        onLine: (line) => {
          if (line.startsWith('Waiting: ')) onWaiting();
          more.options?.onLine?.(line);
        },
      },
    };
  });
  // The machines come up beside the job, which may fail: both have ended when this returns or throws.
  const [outcome] = await Promise.allSettled([job]);
  onWaiting();
  const machinesBooted = await booted;
  // The job's own fault first: a machine whose services have gone fails because of it.
  if (outcome.status === 'rejected') throw outcome.reason;
  for (const machine of machinesBooted) {
    if (machine.status === 'rejected') throw machine.reason;
  }
  return outcome.value;
}

/** Adds agents that came online an hour ago. */
function addAgents(emulator: Emulator, names: string[]): void {
  for (const name of names) {
    const agent = presentAgent(emulator, name);
    agent.createdOn = agent.statusChangedOn = emulator.state.clock.now() - 3_600_000;
    emulator.state.pool('Default').agents.push(agent);
  }
}

/** A job whose token can manage what is in a project. */
function inProject(scope: 'deploymentGroup' | 'environment'): TaskRun {
  return { inputs: { scope }, connection: { data: { allowedScopes: scope } } };
}

const webServers = { kind: 'deploymentGroup', name: 'Web-Servers' } as const;
const production = { kind: 'environment', name: 'production' } as const;

const cancel = new AbortController();

/**
 * The jobs of this file; most of their time they wait, so that several run at once. What each remedy, each refusal and
 * each input does beside these stands in the tables of test/unit/wait-for-agents.
 */
const jobs = {
  'the last comes late': () =>
    runWaiting(
      { agents: 'build-1, build-2' },
      {
        machines: [boots('build-1'), boots('build-2', { late: true })],
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
      {
        machines: [
          // One after the other: the job ends, and with it the token, when the second is online.
          async (emulator, waits) => {
            await boots('small', { environment: { gpu: 'yes' } })(emulator, waits);
            await boots('large', { environment: { gpu: 'yes', size: 'Large' } })(emulator, waits);
          },
        ],
      },
    ),
  missing: () =>
    runWaiting(
      { agents: 'build-1, build-2, build-3', timeoutMinutes: '4' },
      {
        afterMain: (emulator) => {
          const { agents } = emulator.state.pool('Default');
          agents.push(presentAgent(emulator, 'build-1'), presentAgent(emulator, 'build-2', 'offline'));
        },
      },
    ),
  'a lost machine': () =>
    runWaiting(
      { agents: 'fleet-01' },
      { existing: ['fleet-01'], machines: [boots('fleet-01', { late: true, replace: true })] },
    ),
  'a deployment group': () =>
    runWaiting(
      { target: 'deploymentGroup', deploymentGroup: 'web-servers', agents: 'web-*', capabilities: 'gpu' },
      { ...inProject('deploymentGroup'), machines: [boots('web-1', { place: webServers, environment: { gpu: '1' } })] },
    ),
  'an environment': () =>
    runWaiting(
      { target: 'environment', environment: 'production', project: 'Fabrikam', count: '1', capabilities: 'gpu' },
      { ...inProject('environment'), machines: [boots('vm-1', { place: production, environment: { gpu: '1' } })] },
    ),
  offline: () =>
    runWaiting(
      { state: 'offline', agents: 'build-*' },
      {
        existing: ['build-1', 'build-2'],
        machines: [
          async ({ state }, waits) => {
            state.setAgentStatus('Default', 'build-1', 'offline');
            await waits;
            state.setAgentStatus('Default', 'build-2', 'offline');
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
  cancelled: () =>
    runWaiting(
      { count: '1' },
      {
        options: {
          cancel: cancel.signal,
          cancelTimings: { sigintMs: 60_000, sigtermMs: 15_000 },
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
    runAtOnce(
      6,
      Object.entries(jobs).map(([name, job]) => async () => {
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
    // Half a second of this job is ten seconds for its tasks. By the step's own time: this process sees some looks late.
    const count = looks(outcome);
    assert.ok(count > 1, 'it looked once');
    assert.ok(stage.milliseconds / (count - 1) >= 500, `it looked ${count} times in ${stage.milliseconds} ms`);
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
      /After 4 minutes: "build-3" has not registered in the pool; "build-2" was last seen 20\d\d-\d\d-\d\dT[\d:.]+Z\./,
    );
    assert.equal(outcome.job.outputs.wait?.onlineCount, '1');
    assert.deepEqual(outcome.activeAfterJob, []);
  });

  it('does not end with the agent of a machine that is gone, but with the one that takes its place', () => {
    const stage = stageOf(outcomes['a lost machine']);
    assert.equal(stage.result, 'Succeeded', stage.log.join('\n'));
    assert.ok(
      stage.rawLines.some((line) => /^Waiting: "fleet-01" has been online since .*before the token/.test(line)),
    );
    assert.deepEqual(arrivals(stage), ['"fleet-01" is online.']);
  });

  for (const [place, agent] of [
    ['a deployment group', 'web-1'],
    ['an environment', 'vm-1'],
  ] as const) {
    it(`waits for the machines of ${place}`, () => {
      const { job, activeAfterJob } = outcomes[place];
      const stage = stageOf(outcomes[place]);
      assert.equal(stage.result, 'Succeeded', stage.log.join('\n'));
      assert.deepEqual(arrivals(stage), [`"${agent}" is online.`]);
      assert.equal(job.outputs.wait?.onlineCount, '1');
      assert.deepEqual(activeAfterJob, []);
    });
  }

  it('waits until all that are named are offline', () => {
    const stage = stageOf(outcomes.offline);
    assert.equal(stage.result, 'Succeeded', stage.log.join('\n'));
    assert.ok(stage.rawLines.includes('"build-2" is not online any more.'));
    assert.equal(outcomes.offline.job.outputs.wait?.onlineCount, '0');
  });

  it('goes on when the service throttles, answers nonsense or breaks off, and waits as long as it is asked to', () => {
    const outcome = outcomes.faults;
    assert.equal(stageOf(outcome).result, 'Succeeded', stageOf(outcome).log.join('\n'));
    const [first, second] = outcome.requests.filter(({ operation }) => operation === 'agents.list');
    const seconds = (((second?.at ?? 0) - (first?.at ?? 0)) / 1000) * 20;
    assert.ok(seconds >= 20, `it came again after ${seconds} s`);
  });

  it('ends when the job is cancelled, and the token is revoked', () => {
    const { job, activeAfterJob } = outcomes.cancelled;
    assert.equal(job.result, 'Canceled');
    assert.equal(stageOf(outcomes.cancelled).result, 'Canceled');
    assert.ok(
      stageOf(outcomes.cancelled).log.some((line) => line.includes('(cancelled)')),
      'it ended by itself',
    );
    assert.deepEqual(activeAfterJob, []);
  });
});
