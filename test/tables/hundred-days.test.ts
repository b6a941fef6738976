import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mint } from '../../src/agent-pool-token/main';
import { revoke } from '../../src/agent-pool-token/post';
import { renew } from '../../src/renew-agent-pool-token-issuer/main';
import { sweep } from '../../src/revoke-agent-pool-tokens/main';
import mintManifest from '../../tasks/AgentPoolToken/AgentPoolTokenV1/task.json';
import sweepManifest from '../../tasks/RevokeAgentPoolTokens/RevokeAgentPoolTokensV1/task.json';
import { Job, type Stage } from '../support/job-in-process';
import { StoredIssuer } from '../support/renewal-in-process';

const hour = 60 * 60_000;
const days = 100;
/** Hours of the day: the last leaves nothing alive that the sweep of the night would not see. */
const jobHours = [3, 9, 15, 21];

/** Days on which renewals fail, and how. */
const troubles: Record<string, [from: number, to: number]> = {
  'the writer has lost its role': [14, 20],
  'Entra answers no renewal': [28, 30],
  'no write is taken': [38, 41],
  'the machine dies before the write': [49, 50],
  'the machine dies after the write': [58, 58],
};

/** A pipeline that mints four times a day, sweeps every night, and may renew its issuer. */
class Months {
  readonly issuer = new StoredIssuer({ storedDaysAgo: 0 });
  /** Days on which a job had no token. */
  readonly withoutToken: number[] = [];
  /** Days on which a renewal stored a new token, and on which it failed. */
  readonly renewed: number[] = [];
  readonly failed: number[] = [];
  #build = 100;

  constructor(readonly renews: boolean) {
    const { endpoint } = this.issuer;
    endpoint.data.maxLifetimeMinutes = '1440';
  }

  async live(): Promise<void> {
    for (let day = 0; day < days; day++) {
      for (const hourOfDay of jobHours) {
        await this.#until(day, hourOfDay);
        await this.#work(day, { dies: (day + hourOfDay) % 7 === 0 });
      }
      await this.#until(day, 23);
      if (this.renews) await this.#renew(day);
      if (this.withoutToken.length === 0) await this.#sweep(day);
      this.#forget();
    }
  }

  get #services() {
    return this.issuer.services;
  }

  async #until(day: number, hourOfDay: number): Promise<void> {
    const { time } = this.issuer.runtime;
    await time.sleep(Math.max(0, day * 24 * hour + hourOfDay * hour - time.uptime()));
  }

  /** A job that mints and works; where its machine dies, nothing of it runs any more. */
  async #work(day: number, { dies }: { dies: boolean }): Promise<void> {
    const { issuer } = this;
    const job = this.#job(mintManifest, { lifetimeMinutes: '1440' });
    const main = await job.stage(mint);
    if (main.result !== 'Succeeded') this.withoutToken.push(day);
    await issuer.runtime.time.sleep(10 * 60_000);
    if (!dies) await job.stage(revoke);
    if (day % 10 === 0) job.check();
  }

  async #sweep(day: number): Promise<void> {
    const job = this.#job(sweepManifest, {});
    const stage = await job.stage(sweep);
    assert.equal(stage.result, 'Succeeded', `day ${day}: ${stage.message}`);
    assert.deepEqual(this.#services.activeTokens(), [], `a token outlives day ${day}`);
  }

  async #renew(day: number): Promise<void> {
    const { issuer } = this;
    const trouble = Object.entries(troubles).find(([, [from, to]]) => day >= from && day <= to)?.[0] ?? 'none';
    const job = issuer.renewal();
    const ending = await this.#renewIn(job, trouble);
    this.#services.recover();
    assert.ok(issuer.works, `day ${day}: the refresh token is lost (${trouble})`);
    if (ending?.outputs.renewed === 'true') this.renewed.push(day);
    if (ending?.result === 'Failed') this.failed.push(day);
  }

  /** @returns undefined where the machine died. */
  async #renewIn(job: Job, trouble: string): Promise<Stage | undefined> {
    const services = this.#services;
    const { endpoint, runtime } = this.issuer;
    const { oid } = services.state.collection.buildService;
    if (trouble === 'the writer has lost its role') delete endpoint.collectionRoles[oid];
    else endpoint.collectionRoles[oid] = 'Administrator';
    if (trouble === 'Entra answers no renewal') {
      services.plan({ operation: 'entra.token', times: 1000, answer: { hang: true } });
    }
    if (trouble === 'no write is taken') {
      services.plan({ operation: 'endpoints.update', times: 1000, answer: { status: 500 } });
    }
    const lastWord = { 'the machine dies before the write': 3, 'the machine dies after the write': 4 }[trouble];
    if (lastWord === undefined) return job.stage(renew);
    const { reply } = runtime;
    let requests = 0;
    runtime.reply = (request, index) => {
      requests += 1;
      const answer = requests <= lastWord ? reply(request, index) : undefined;
      // Nothing that a dead machine waits for ever comes.
      return answer ?? new Promise(() => undefined);
    };
    void job.stage(renew);
    await runtime.time.sleep(hour / 2);
    return undefined;
  }

  #job(manifest: typeof mintManifest | typeof sweepManifest, inputs: Record<string, string>): Job {
    const { services, runtime, given } = this.issuer;
    const [project, jobId, buildId] = [services.state.project.id, randomUUID(), this.#build++];
    // Whoever looks at this run later finds that it has ended.
    services.state.addRun(buildId, project, [{ id: jobId, name: 'Job', state: 'completed' }]);
    const variables = { 'System.TeamProjectId': project, 'System.JobId': jobId, 'Build.BuildId': String(buildId) };
    return new Job({ services, runtime, manifest, run: { inputs, connection: given, options: { variables } } });
  }

  /** What is over would make each look at the rest slower. */
  #forget(): void {
    const { state, requests } = this.#services;
    requests.length = 0;
    this.issuer.runtime.events.length = 0;
    state.runs.splice(0, state.runs.length - 40);
    state.pats.splice(0, state.pats.length, ...state.pats.filter((pat) => state.isActive(pat)));
  }
}

describe('a hundred days of four jobs each', () => {
  it('have a token for every job, where the issuer is renewed though renewals fail for days', async () => {
    const months = new Months(true);
    await months.live();
    assert.deepEqual(months.withoutToken, []);
    for (const [what, [from, to]] of Object.entries(troubles)) {
      assert.ok(!months.renewed.some((day) => day >= from && day <= to), what);
    }
    assert.ok(months.renewed.length >= 8, `renewed on days ${months.renewed}`);
    assert.ok(months.failed.length >= 10, `failed on days ${months.failed}`);
  }).timeout(60_000);

  it('have none from day 90 on, where it is not', async () => {
    const months = new Months(false);
    await months.live();
    assert.equal(months.withoutToken[0], 90);
    assert.equal(months.withoutToken.length, 10 * jobHours.length);
  }).timeout(60_000);
});
