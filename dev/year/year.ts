import { randomUUID } from 'node:crypto';
import { storedConnection } from '../commands/emulated-connections';
import { type Emulator, type ServiceEndpoint, startEmulator } from '../emulator';
import { type JobOptions, type JobResult, runJob } from '../job-runner';
import { machineDies, troubleOn } from './calendar';
import { issuerName, storeIssuer, storesLivingToken } from './issuer';
import { Renewal } from './renewal';
import type { ShiftedClock } from './shifted-clock';

const hour = 60 * 60_000;
const day = 24 * hour;
const keptRuns = 60;

export interface YearOptions {
  /** The unpacked extension. */
  tasksFolder: string;
  /** Manifest of the extension, for the type of the connection. */
  extension: Parameters<Emulator['installExtension']>[0];
  /** At most 24. */
  jobsADay: number;
  /** Whether the issuer is renewed once a week, and each night after a renewal that failed. */
  renews: boolean;
}

/** What one year came to. */
export interface YearSeen {
  jobs: number;
  minted: number;
  /** Jobs whose machine died before it could revoke. */
  abandoned: number;
  swept: number;
  renewed: number[];
  /** Days on which a renewal ended in failure, or with its machine. */
  notRenewed: number[];
  /** What must not happen, with its day. */
  broken: string[];
}

/**
 * An organization that lives through days with the packaged tasks in processes of their own: jobs that mint, work and
 * revoke, a sweep each night, and a renewal that follows it.
 */
export class Year {
  readonly seen: YearSeen = { jobs: 0, minted: 0, abandoned: 0, swept: 0, renewed: [], notRenewed: [], broken: [] };
  readonly #emulator: Emulator;
  readonly #endpoint: ServiceEndpoint;
  readonly #clock: ShiftedClock;
  readonly #options: YearOptions;
  readonly #start: number;
  #build = 100;

  private constructor(emulator: Emulator, clock: ShiftedClock, options: YearOptions) {
    this.#emulator = emulator;
    this.#clock = clock;
    this.#options = options;
    this.#endpoint = storeIssuer(emulator, options.extension);
    this.#start = emulator.state.clock.now();
  }

  static async begin(clock: ShiftedClock, options: YearOptions): Promise<Year> {
    return new Year(await startEmulator(), clock, options);
  }

  close(): Promise<void> {
    return this.#emulator.close();
  }

  /** Lets one day pass, counted from 0; days that are left out pass without a job. */
  async live(number: number): Promise<void> {
    const { jobsADay, renews } = this.#options;
    for (let job = 0; job < jobsADay; job++) {
      this.#passUntil(number * day + Math.floor((job * 24) / jobsADay) * hour);
      await this.#work(number);
    }
    this.#passUntil(number * day + 23 * hour + hour / 2);
    await this.#sweep(number);
    if (renews) await this.#renew(number);
    this.#forget();
  }

  /** A job that mints and works for ten minutes; where its machine dies, nothing of it runs any more. */
  async #work(number: number): Promise<void> {
    const { state, requests } = this.#emulator;
    const dies = machineDies(this.seen.jobs++);
    const [made, asked] = [state.pats.length, requests.length];
    const mint = {
      task: 'AgentPoolToken@1',
      name: 'mint',
      inputs: { issuer: issuerName, pool: 'Default', lifetimeMinutes: '1440' },
    };
    const work = { bash: 'test -n "$TOKEN" && echo "##vso[task.debug]worked"', env: { TOKEN: '$(AGENT_POOL_TOKEN)' } };
    const job = await this.#run([mint, work], {
      skipPostJob: dies,
      onCommand: ({ data }) => {
        if (data === 'worked') this.#pass(hour / 6);
      },
    });
    const pats = state.pats.slice(made);
    this.seen.minted += pats.length;
    if (job.result !== 'Succeeded') this.#broke(number, `a job is without its token: ${messageOf(job)}`);
    const alive = pats.filter((pat) => state.isActive(pat)).length;
    if (dies) this.seen.abandoned += alive;
    else if (alive > 0) this.#broke(number, `${alive} tokens outlive their job`);
    this.#checkSecrecy(number, job, [...pats.map(({ token }) => token), this.#endpoint.parameters.refreshToken ?? '']);
    const unknown = requests.slice(asked).filter(({ operation }) => operation === 'unknown');
    if (unknown.length > 0) this.#broke(number, `a job asks what the services do not know: ${unknown[0]?.path}`);
  }

  async #sweep(number: number): Promise<void> {
    const sweep = { task: 'RevokeAgentPoolTokens@1', name: 'sweep', inputs: { issuer: issuerName } };
    const job = await this.#run([sweep]);
    if (job.result !== 'Succeeded') this.#broke(number, `the sweep failed: ${messageOf(job)}`);
    this.seen.swept += Number(job.outputs.sweep?.revokedCount ?? 0);
    const left = this.#emulator.activeTokens().length;
    if (left > 0) this.#broke(number, `${left} tokens outlive the day`);
  }

  async #renew(number: number): Promise<void> {
    const renewal = new Renewal(this.#emulator, this.#endpoint, troubleOn(number));
    const step = { task: 'RenewAgentPoolTokenIssuer@1', name: 'renew', inputs: { issuer: issuerName, writer: 'job' } };
    const job = await renewal.during((options) => this.#run([step], options));
    const done = job.outputs.renew?.renewed === 'true';
    if (done) this.seen.renewed.push(number);
    if (job.result === 'Failed') this.seen.notRenewed.push(number);
    if (job.result === 'Failed' && !renewal.isTroubled) this.#broke(number, `a renewal failed: ${messageOf(job)}`);
    if (done && renewal.isTroubled) this.#broke(number, 'a renewal says that it renewed, which it cannot have');
    if (!storesLivingToken(this.#emulator, this.#endpoint)) this.#broke(number, 'the refresh token is lost');
    this.#checkSecrecy(
      number,
      job,
      this.#emulator.state.refreshTokens.slice(-3).map(({ value }) => value),
    );
  }

  #run(steps: object[], options: Partial<JobOptions> = {}): Promise<JobResult> {
    const { organizationUrl, state } = this.#emulator;
    const [project, jobId, buildId] = [state.project.id, randomUUID(), this.#build++];
    // A sweep that looks at this run finds that it has ended.
    state.addRun(buildId, project, [{ id: jobId, name: 'Job', state: 'completed' }]);
    return runJob({
      pipeline: { steps },
      tasksFolder: this.#options.tasksFolder,
      connections: [storedConnection(this.#endpoint)],
      organizationUrl,
      jobAccessToken: state.jobAccessToken,
      variables: { 'System.TeamProjectId': project, 'System.JobId': jobId, 'Build.BuildId': String(buildId) },
      processEnvironment: { PATH: process.env.PATH, ...this.#clock.environment },
      ...options,
    });
  }

  #pass(milliseconds: number): void {
    this.#emulator.state.clock.advance(milliseconds);
    this.#clock.advance(milliseconds);
  }

  #passUntil(moment: number): void {
    this.#pass(Math.max(0, this.#start + moment - this.#emulator.state.clock.now()));
  }

  #checkSecrecy(number: number, { log }: JobResult, secrets: string[]): void {
    const text = log.join('\n');
    if (secrets.some((secret) => secret !== '' && text.includes(secret))) {
      this.#broke(number, 'a secret stands in the log of a job');
    }
  }

  #broke(number: number, what: string): void {
    this.seen.broken.push(`day ${number}: ${what}`);
  }

  /** What is over would make each look at the rest slower. */
  #forget(): void {
    const { state, requests } = this.#emulator;
    requests.length = 0;
    state.runs.splice(0, Math.max(0, state.runs.length - keptRuns));
    state.pats.splice(0, state.pats.length, ...state.pats.filter((pat) => state.isActive(pat)));
  }
}

function messageOf({ stages }: JobResult): string {
  return stages.find(({ result }) => result === 'Failed')?.message ?? 'it says nothing';
}
