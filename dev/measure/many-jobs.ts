import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { OverloadOptions } from '../emulator';
import { type Access, jobEnvironment, leaseIn, sweepEnvironment } from './job';
import { median, percentile, printTable } from './numbers';
import type { JobsSeen } from './services';
import { ServicesProcess } from './services-process';
import { runStage, type StageEnd } from './stage';

export interface ManyJobs {
  /** Folders of the packaged tasks. */
  task: string;
  sweepTask: string;
  count: number;
  /** How often a step is run again that failed: its `retryCountOnTaskFailure`. */
  retries: number;
  overload: OverloadOptions;
}

interface JobEnd {
  run: string;
  /** Main, once for each time that the step was run. */
  mains: StageEnd[];
  /** Milliseconds that the step took, with its waits. */
  mainMilliseconds: number;
  post: StageEnd;
  /** What was alive when main had ended, and whether the secret that main published was among it. */
  active: { count: number; includesIt: boolean };
}

/** What the services saw when all jobs had ended, and the sweep after that. */
interface Aftermath {
  seen: JobsSeen;
  sweep: StageEnd;
  activeAfterSweep: number;
}

const publication = /^##vso\[task\.setvariable variable=AGENT_POOL_TOKEN;[^\]]*issecret=true[^\]]*\](.+)$/m;

/**
 * Many jobs that mint and revoke at once while the services throttle and fail, and one sweep when they have ended.
 * @returns the promises that were broken.
 */
export async function manyJobs(options: ManyJobs): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'load-'));
  const services = new ServicesProcess();
  try {
    const access = await services.call('start', options.overload);
    const started = performance.now();
    let running = 0;
    let mostRunning = 0;
    const job = async (_: unknown, index: number): Promise<JobEnd> => {
      mostRunning = Math.max(mostRunning, ++running);
      const end = await runJob({ ...options, services, access, folder }, index + 1);
      running--;
      return end;
    };
    const jobs = await Promise.all(Array.from({ length: options.count }, job));
    const total = (performance.now() - started) / 1000;
    const seen = await services.call('jobs');

    const project = randomUUID();
    const jobIds = Object.fromEntries(jobs.map(({ run }) => [run, jobIdOf(Number(run))]));
    await services.call('end', { project, jobIds });
    const sweep = await runStage(join(options.sweepTask, 'main.js'), sweepEnvironment(access, project, folder));
    const activeAfterSweep = (await services.call('jobs')).runsWithToken.length;
    const aftermath = { seen, sweep, activeAfterSweep };
    report(jobs, aftermath, { total, mostRunning, ...options });
    return brokenPromises(jobs, aftermath);
  } finally {
    services.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Running = ManyJobs & { services: ServicesProcess; access: Access; folder: string };

async function runJob({ services, access, task, folder, retries }: Running, index: number): Promise<JobEnd> {
  const run = String(index);
  const temporary = join(folder, run);
  mkdirSync(temporary);
  const env = { ...jobEnvironment(access, temporary), BUILD_BUILDID: run, SYSTEM_JOBID: jobIdOf(index) };
  const started = performance.now();
  const mains: StageEnd[] = [];
  // The task variables of a failed attempt are there for the next one, and for post.
  const lease = () => leaseIn(mains.map(({ output }) => output).join('\n'));
  for (;;) {
    const main = await runStage(join(task, 'main.js'), { ...env, ...lease() });
    mains.push(main);
    if (main.result !== 'Failed' || mains.length > retries) break;
    // As long as an agent waits.
    await wait(mains.length ** 2 * 1000);
  }
  const mainMilliseconds = performance.now() - started;
  const token = publication.exec(mains.at(-1)?.output ?? '')?.[1];
  const active = await services.call('activeTokens', { run, token: token ?? '' });
  const post = await runStage(join(task, 'post.js'), { ...env, ...lease() });
  return { run, mains, mainMilliseconds, post, active };
}

function jobIdOf(index: number): string {
  return `${index.toString(16).padStart(8, '0')}-54f2-53f3-20dd-22fc7dff55f9`;
}

function hasItsToken({ mains, active }: JobEnd): boolean {
  return mains.at(-1)?.result === 'Succeeded' && active.includesIt;
}

function couldNotRevoke({ post }: JobEnd): boolean {
  return post.result !== 'Succeeded';
}

function brokenPromises(jobs: JobEnd[], { seen, sweep, activeAfterSweep }: Aftermath): string[] {
  const silent = jobs.filter((job) => !couldNotRevoke(job) && seen.runsWithToken.includes(job.run));
  const broken = [
    ...jobs
      .filter((job) => !hasItsToken(job))
      .map(({ run, mains }) => `Job ${run} was left without its token: ${mains.map(failureIn).join('; then: ')}`),
    ...jobs
      .filter(({ active }) => active.count > 1)
      .map(({ run, active }) => `Job ${run} had ${active.count} living tokens after its main.`),
    ...silent.map(({ run }) => `The post of job ${run} left a token alive, and did not say so.`),
  ];
  if (seen.mostOfOneJob > 1) broken.push(`One job had ${seen.mostOfOneJob} living tokens at one time.`);
  if (sweep.result !== 'Succeeded') broken.push(`The sweep failed: ${failureIn(sweep)}`);
  if (activeAfterSweep > 0) broken.push(`${activeAfterSweep} tokens were left alive after the sweep.`);
  if (seen.unknown > 0) broken.push(`${seen.unknown} requests were none that the services know.`);
  return broken;
}

function failureIn({ result, output }: StageEnd): string {
  return /^##vso\[task\.complete [^\]]*\](.*)$/m.exec(output)?.[1] ?? `it ended ${result} and said nothing`;
}

function report(
  jobs: JobEnd[],
  { seen, activeAfterSweep }: Aftermath,
  { total, mostRunning, overload, retries }: ManyJobs & { total: number; mostRunning: number },
): void {
  const share = (part: number) => `${part} (${((100 * part) / seen.requests).toFixed(1)} %)`;
  const times = (milliseconds: number[]) => {
    const seconds = milliseconds.map((each) => each / 1000);
    return `${median(seconds).toFixed(1)} s, ${percentile(seconds, 99).toFixed(1)} s`;
  };
  const withToken = jobs.filter(hasItsToken);
  const atOnce = withToken.filter(({ mains }) => mains.length === 1).length;
  printTable([`${jobs.length} jobs at once`, ''], {
    'most jobs under way at one time': mostRunning,
    'let through a second, wait asked of the others': `${overload.requestsPerSecond}, ${overload.retryAfterSeconds} s`,
    'jobs with their token at the first attempt': atOnce,
    [`jobs with their token after the step ran again, up to ${retries} times`]: withToken.length - atOnce,
    'jobs without their token': jobs.length - withToken.length,
    'posts that could not revoke': jobs.filter(couldNotRevoke).length,
    'tokens minted': seen.minted,
    requests: seen.requests,
    throttled: share(seen.throttled),
    'failed before their effect': share(seen.failedBefore),
    'failed after their effect': share(seen.failedAfter),
    'most living tokens of one job at any time': seen.mostOfOneJob,
    'main, with its attempts: median, 99th percentile': times(jobs.map(({ mainMilliseconds }) => mainMilliseconds)),
    'post: median, 99th percentile': times(jobs.map(({ post }) => post.milliseconds)),
    'all together': `${total.toFixed(0)} s`,
    'tokens left alive after the posts': seen.runsWithToken.length,
    'tokens left alive after the sweep': activeAfterSweep,
  });
}
