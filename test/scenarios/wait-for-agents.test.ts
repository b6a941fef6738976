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

const waiting = 'Wait';

/** A later step that waits. */
function waitStep(inputs: Record<string, string>): object {
  return { task: 'WaitForAgents@1', name: 'wait', displayName: waiting, inputs: { pool: 'Default', ...inputs } };
}

function stageOf({ job }: Outcome, displayName = waiting): StageResult {
  return job.stages.find((stage) => stage.displayName === displayName) ?? assert.fail(`no stage ${displayName}`);
}

/** What a reader of the log sees of the waiting. */
function told(stage: StageResult): string[] {
  return stage.rawLines.filter((line) => /^("|Waiting|Looking)/.test(line));
}

function looks({ requests }: Outcome): number {
  return requests.filter(({ operation, query }) => operation === 'agents.list' && query.includeCapabilities === 'false')
    .length;
}

describe('waiting for agents', function () {
  this.timeout(60_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'waiting-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** A machine that boots: it registers with the token of the job, and its agent comes online a little later. */
  async function boot(emulator: Emulator, agent: string, milliseconds: number, environment = {}): Promise<void> {
    await sleep(milliseconds);
    const [pat] = emulator.activeTokens();
    await registerAgent({
      url: emulator.organizationUrl,
      token: pat?.token ?? '',
      pool: 'Default',
      agent,
      directory: mkdtempSync(join(folder, 'agent-')),
      environment,
    });
    await sleep(100);
    emulator.state.setAgentStatus('Default', agent, 'online');
  }

  /** Runs a job that mints, has machines boot and waits, with 20 s passing in each second. */
  async function run(
    inputs: Record<string, string>,
    { machines = [], ...more }: TaskRun & { machines?: ((emulator: Emulator) => Promise<void>)[] } = {},
  ): Promise<Outcome> {
    const booting: Promise<void>[] = [];
    const outcome = await runTask({
      afterMain: (emulator) => booting.push(...machines.map((machine) => machine(emulator))),
      stepsAfter: [waitStep(inputs)],
      ...more,
      options: { processEnvironment: fastTime(), ...more.options },
    });
    await Promise.all(booting);
    return outcome;
  }

  it('ends when the last machine has come, and the token is revoked only then', async () => {
    const outcome = await run(
      { agents: 'build-1, build-2' },
      {
        machines: [(emulator) => boot(emulator, 'build-1', 0), (emulator) => boot(emulator, 'build-2', 1200)],
        stepsAfter: [
          waitStep({ agents: 'build-1, build-2' }),
          { bash: 'echo "$(wait.onlineCount) are online"', displayName: 'Count' },
        ],
      },
    );
    const stage = stageOf(outcome);
    assert.equal(stage.result, 'Succeeded', stage.log.join('\n'));
    assert.deepEqual(
      told(stage)
        .filter((line) => line.endsWith('is online.'))
        .sort(),
      ['"build-1" is online.', '"build-2" is online.'],
    );
    assert.ok(stage.rawLines.some((line) => /^##vso\[task\.setprogress value=100;/.test(line)));
    assert.ok(stageOf(outcome, 'Count').log.includes('2 are online'));
    assert.deepEqual(outcome.activeAfterJob, []);
    assert.ok(looks(outcome) <= 8, `it looked ${looks(outcome)} times`);
  });

  it('revokes early by id once all are there, and the post-job step finds nothing to do', async () => {
    const outcome = await run(
      {},
      {
        machines: [(emulator) => boot(emulator, 'build-1', 0)],
        stepsAfter: [
          waitStep({ agents: 'build-*' }),
          {
            task: 'RevokeAgentPoolTokens@1',
            name: 'revoke',
            inputs: { issuer: issuerConnection, revoke: 'tokenIds', tokenIds: '$(mint.tokenId)' },
          },
        ],
      },
    );
    assert.equal(outcome.job.result, 'Succeeded');
    assert.equal(outcome.job.outputs.revoke?.revokedCount, '1');
    assert.deepEqual(outcome.post.issues, []);
    assert.deepEqual(outcome.activeAfterJob, []);
  });

  it('counts only agents with the capabilities that are wanted', async () => {
    const outcome = await run(
      { count: '1', capabilities: 'gpu\nsize=large' },
      {
        machines: [
          (emulator) => boot(emulator, 'small', 0, { gpu: 'yes' }),
          (emulator) => boot(emulator, 'large', 700, { gpu: 'yes', size: 'Large' }),
        ],
      },
    );
    assert.equal(stageOf(outcome).result, 'Succeeded');
    assert.deepEqual(
      told(stageOf(outcome)).filter((line) => line.endsWith('is online.')),
      ['"large" is online.'],
    );
  });

  it('fails and names who is missing, and the token is revoked', async () => {
    const outcome = await run(
      { agents: 'build-1, build-2, build-3', timeoutMinutes: '1' },
      {
        machines: [
          (emulator) => boot(emulator, 'build-1', 0),
          async (emulator) => {
            await boot(emulator, 'build-2', 0);
            emulator.state.setAgentStatus('Default', 'build-2', 'offline');
          },
        ],
      },
    );
    assertFails(
      stageOf(outcome),
      'agents-not-online',
      /After 1 minute: "build-3" has not registered in the pool; "build-2" was last seen 20\d\d-\d\d-\d\dT[\d:.]+Z\./,
    );
    assert.equal(outcome.job.outputs.wait?.onlineCount, '1');
    assert.deepEqual(outcome.activeAfterJob, []);
  });

  it('goes on when the service throttles, answers nonsense or breaks off, and waits as long as it is asked to', async () => {
    const agentsList = 'agents.list' as const;
    const outcome = await run(
      { agents: 'build-1' },
      {
        faults: [
          { operation: agentsList, answer: { status: 429, headers: { 'Retry-After': '20' } } },
          { operation: agentsList, answer: { status: 200, body: '{"value":"nothing"}' } },
          { operation: agentsList, answer: { reset: true }, times: 4 },
        ],
        afterMain: (emulator) => emulator.state.pool('Default').agents.push(agentOf(emulator)),
      },
    );
    assert.equal(stageOf(outcome).result, 'Succeeded', stageOf(outcome).log.join('\n'));
    const [first, second] = outcome.requests.filter(({ operation }) => operation === agentsList);
    const seconds = ((second?.at ?? 0) - (first?.at ?? 0)) / 1000;
    assert.ok(seconds >= 20 / 20, `it came again after ${seconds * 20} s`);
  });

  it('fails at once when the token was revoked meanwhile', async () => {
    const outcome = await run(
      { agents: 'build-1' },
      {
        afterMain: ({ state }) => {
          for (const pat of state.pats) pat.revoked = true;
        },
      },
    );
    assertFails(stageOf(outcome), 'token-not-accepted');
    assert.ok(stageOf(outcome).milliseconds < 15_000);
  });

  it('fails at once when no step has minted a token, or the pool is not there', async () => {
    assertFails(stageOf(await run({ count: '1', token: '$(NO_TOKEN)' })), 'input-invalid', 'token is empty');
    assertFails(stageOf(await run({ count: '1', pool: 'Nowhere' })), 'pool-not-found', '"Nowhere"');
  });

  it('ends when the job is cancelled, and the token is revoked', async () => {
    const cancel = new AbortController();
    const outcome = await run(
      { count: '1' },
      {
        options: {
          processEnvironment: fastTime(),
          cancel: cancel.signal,
          cancelTimings: { sigintMs: 5000, sigtermMs: 5000 },
          onLine: (line) => {
            if (line.startsWith('Waiting: ')) cancel.abort();
          },
        },
      },
    );
    assert.equal(outcome.job.result, 'Canceled');
    assert.equal(stageOf(outcome).result, 'Canceled');
    assert.ok(stageOf(outcome).milliseconds < 4000, 'it did not have to be killed');
    assert.deepEqual(outcome.activeAfterJob, []);
  });
});

/** An agent that is online, as if it had been there before. */
function agentOf({ state }: Emulator) {
  const now = state.clock.now();
  return {
    id: 77,
    name: 'build-1',
    version: '4.248.0',
    osDescription: 'Linux',
    enabled: true,
    status: 'online' as const,
    provisioningState: 'Provisioned',
    maxParallelism: 1,
    createdOn: now,
    statusChangedOn: now,
    systemCapabilities: {},
    userCapabilities: {},
    clientId: '00000000-0000-4000-8000-000000000077',
    publicKey: { exponent: 'AQAB', modulus: 'AQAB' },
  };
}
