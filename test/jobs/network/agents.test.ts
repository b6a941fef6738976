import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmulatorOptions } from '../../../dev/emulator';
import { accessTokenInputs, issuerConnection, type Outcome, runTask, type TaskRun } from '../../support/job';
import { presentAgent } from '../../support/present-agent';
import { agentBehind, ProxiedServices } from '../../support/proxied-services';
import { RealProxy } from '../../support/proxy';
import { agentNode } from '../../support/strangers';

const minute = 60_000;

/** A worker's environment in which the clock of a task is wrong by so many minutes. */
function wrongClock(minutes: number): NodeJS.ProcessEnv {
  const program = `
    const RealDate = Date;
    const now = () => RealDate.now() + ${minutes * minute};
    globalThis.Date = class extends RealDate {
      constructor(...parts) { super(...(parts.length === 0 ? [now()] : parts)); }
      static now() { return now(); }
    };
  `;
  return {
    PATH: process.env.PATH,
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(program)}`,
  };
}

/** For how many minutes the token of the job lives, by the clock of the services. */
function minutesOfLife({ requests, made }: Outcome): number {
  const create =
    requests.findLast(({ operation }) => operation === 'pats.create') ?? assert.fail('nothing was asked for');
  const token = made.at(-1) ?? assert.fail('nothing was minted');
  return (new Date(token.validTo).getTime() - create.at) / minute;
}

async function assertMinted(run: TaskRun, services: EmulatorOptions = {}): Promise<Outcome> {
  const outcome = await runTask(run, services);
  const { job, main, post, made, activeAfterMain, activeAfterJob } = outcome;
  assert.equal(job.result, 'Succeeded', main.message ?? post.message);
  assert.deepEqual([...main.issues, ...post.issues], []);
  assert.ok(made.length >= 1);
  assert.equal(activeAfterMain.length, 1);
  assert.deepEqual(activeAfterJob, []);
  return outcome;
}

describe('an agent', function () {
  this.timeout(300_000);

  it('whose C library is too old for Node 20 runs every task with Node 16, through a proxy and over TLS', async () => {
    const services = await ProxiedServices.start();
    const proxy = await RealProxy.start(services.internet);
    try {
      const issuer = { issuer: issuerConnection };
      const waiting = { pool: 'Default', count: '1', since: 'any', timeoutMinutes: '1' };
      const { job, made, activeAfterMain, activeAfterJob } = await services.run(agentBehind(`http://${proxy.name}`), {
        prepare: (emulator) => emulator.state.pools[0]?.agents.push(presentAgent(emulator, 'machine')),
        stepsAfter: [
          { task: 'WaitForAgents@1', inputs: waiting },
          { task: 'RevokeAgentPoolTokens@1', inputs: { ...issuer, dryRun: 'true' } },
        ],
        options: { node: agentNode('node16') },
      });
      assert.equal(job.result, 'Succeeded', job.stages.map(({ message }) => message).join());
      const issues = job.stages.flatMap((stage) => stage.issues.map(({ message }) => message));
      assert.equal(issues.length, 4);
      for (const message of issues) assert.match(message, /Using Node16 instead/);
      assert.deepEqual([made.length, activeAfterMain.length, activeAfterJob.length], [1, 1, 0]);
    } finally {
      await proxy.close();
      await services.close();
    }
  });

  it('in a folder with spaces and other letters, of another culture, without a folder for temporary files, works', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'agents-'));
    try {
      await assertMinted({
        options: {
          agentFolder: join(parent, 'Agent für Grüße – 日本 (2)'),
          variables: { 'System.Culture': 'de-DE', 'Agent.TempDirectory': '' },
          processEnvironment: {
            PATH: process.env.PATH,
            LANG: 'de_DE.UTF-8',
            LC_ALL: 'tr_TR.UTF-8',
            TZ: 'Asia/Kathmandu',
          },
        },
      });
    } finally {
      rmSync(parent, { recursive: true, force: true });
    }
  });

  it('reaches services on the loopback of IPv6', async function () {
    const ipv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
    if (!ipv6) {
      console.log('      (this machine has no IPv6)');
      this.skip();
    }
    const { requests } = await assertMinted({}, { host: '::1' });
    assert.ok(requests.every(({ headers }) => headers.host?.startsWith('[::1]:')));
  });

  // By how much a clock may be off is a table of the modules; each of these is another way through the requests.
  for (const [minutes, what, inputs] of [
    [-3 * 24 * 60, 'a connection', { lifetimeMinutes: '5' }],
    [26 * 60, 'a connection', { lifetimeMinutes: '5' }],
    [26 * 60, 'an access token', accessTokenInputs({ lifetimeMinutes: '5' })],
  ] as const) {
    it(`whose clock is ${minutes} minutes off mints for the lifetime by the clock of the services: ${what}`, async () => {
      const outcome = await assertMinted({ inputs, options: { processEnvironment: wrongClock(minutes) } });
      assert.ok(Math.abs(minutesOfLife(outcome) - 5) < 2, `${minutesOfLife(outcome)} minutes`);
      const expiresOn = Date.parse(outcome.job.outputs.mint?.expiresOn ?? '');
      assert.ok(Math.abs(expiresOn - new Date(outcome.made.at(-1)?.validTo ?? 0).getTime()) < 1000);
    });
  }
});
