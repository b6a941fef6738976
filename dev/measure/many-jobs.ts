import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OverloadOptions } from '../emulator';
import { type Access, jobEnvironment, leaseIn } from './job';
import { median, percentile, printTable } from './numbers';
import type { JobsSeen } from './services';
import { ServicesProcess } from './services-process';
import { runStage, type StageEnd } from './stage';

interface JobEnd {
  run: string;
  main: StageEnd;
  post: StageEnd;
  /** What was alive when main had ended, and whether the secret that main published was among it. */
  active: { count: number; includesIt: boolean };
}

const publication = /^##vso\[task\.setvariable variable=AGENT_POOL_TOKEN;[^\]]*issecret=true[^\]]*\](.+)$/m;

/**
 * Many jobs that mint and revoke at once while the services throttle and fail.
 * @returns the promises that were broken.
 */
export async function manyJobs(task: string, count: number, overload: OverloadOptions): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'load-'));
  const services = new ServicesProcess();
  try {
    const access = await services.call('start', overload);
    const started = performance.now();
    let running = 0;
    let mostRunning = 0;
    const job = async (_: unknown, index: number): Promise<JobEnd> => {
      mostRunning = Math.max(mostRunning, ++running);
      const end = await runJob({ services, access, task, folder }, index + 1);
      running--;
      return end;
    };
    const jobs = await Promise.all(Array.from({ length: count }, job));
    const total = (performance.now() - started) / 1000;
    const seen = await services.call('jobs');
    report(jobs, seen, { total, mostRunning, overload });
    return brokenPromises(jobs, seen);
  } finally {
    services.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runJob(
  { services, access, task, folder }: { services: ServicesProcess; access: Access; task: string; folder: string },
  index: number,
): Promise<JobEnd> {
  const run = String(index);
  const temporary = join(folder, run);
  mkdirSync(temporary);
  const env = {
    ...jobEnvironment(access, temporary),
    BUILD_BUILDID: run,
    SYSTEM_JOBID: `${index.toString(16).padStart(8, '0')}-54f2-53f3-20dd-22fc7dff55f9`,
  };
  const main = await runStage(join(task, 'main.js'), env);
  const token = publication.exec(main.output)?.[1];
  const active = await services.call('activeTokens', { run, token: token ?? '' });
  const post = await runStage(join(task, 'post.js'), { ...env, ...leaseIn(main.output) });
  return { run, main, post, active };
}

function hasItsToken({ main, active }: JobEnd): boolean {
  return main.result === 'Succeeded' && active.includesIt;
}

/** Twice no clear answer to a request for a token is the end by contract: a third would leave too much to chance. */
function failedTwice({ run, main }: JobEnd, { failedCreates }: JobsSeen): boolean {
  return main.result === 'Failed' && (failedCreates[run] ?? 0) === 2;
}

function isLeftWithout(job: JobEnd, seen: JobsSeen): boolean {
  return !hasItsToken(job) && !failedTwice(job, seen);
}

function brokenPromises(jobs: JobEnd[], seen: JobsSeen): string[] {
  const broken = [
    ...jobs
      .filter((job) => isLeftWithout(job, seen))
      .map(({ run, main }) => `Job ${run} was left without its token after ${seconds(main)}: ${failureIn(main)}`),
    ...jobs
      .filter(({ post }) => post.result !== 'Succeeded')
      .map(({ run, post }) => `Job ${run} could not revoke within ${seconds(post)}: ${failureIn(post)}`),
    ...jobs
      .filter(({ active }) => active.count > 1)
      .map(({ run, active }) => `Job ${run} had ${active.count} living tokens after its main.`),
  ];
  if (seen.mostOfOneJob > 1) broken.push(`One job had ${seen.mostOfOneJob} living tokens at one time.`);
  if (seen.active > 0) broken.push(`${seen.active} tokens were left alive.`);
  if (seen.unknown > 0) broken.push(`${seen.unknown} requests were none that the services know.`);
  return broken;
}

function seconds({ milliseconds }: StageEnd): string {
  return `${(milliseconds / 1000).toFixed(0)} s`;
}

function failureIn({ result, output }: StageEnd): string {
  return /^##vso\[task\.complete [^\]]*\](.*)$/m.exec(output)?.[1] ?? `it ended ${result} and told nothing`;
}

function report(
  jobs: JobEnd[],
  seen: JobsSeen,
  { total, mostRunning, overload }: { total: number; mostRunning: number; overload: OverloadOptions },
): void {
  const share = (part: number) => `${part} (${((100 * part) / seen.requests).toFixed(1)} %)`;
  const times = (stage: 'main' | 'post') => {
    const all = jobs.map((job) => job[stage].milliseconds / 1000);
    return `${median(all).toFixed(1)} s, ${percentile(all, 99).toFixed(1)} s`;
  };
  printTable([`${jobs.length} jobs at once`, ''], {
    'most jobs under way at one time': mostRunning,
    'let through a second, wait asked of the others': `${overload.requestsPerSecond}, ${overload.retryAfterSeconds} s`,
    'jobs with their token': jobs.filter(hasItsToken).length,
    'jobs without: two creates in a row had no clear outcome': jobs.filter((job) => failedTwice(job, seen)).length,
    'jobs without: anything else': jobs.filter((job) => isLeftWithout(job, seen)).length,
    'jobs that could not revoke': jobs.filter(({ post }) => post.result !== 'Succeeded').length,
    'tokens minted': seen.minted,
    requests: seen.requests,
    throttled: share(seen.throttled),
    'failed before their effect': share(seen.failedBefore),
    'failed after their effect': share(seen.failedAfter),
    'most living tokens of one job at any time': seen.mostOfOneJob,
    'main: median, 99th percentile': times('main'),
    'post: median, 99th percentile': times('post'),
    'all together': `${total.toFixed(0)} s`,
    'tokens left alive': seen.active,
  });
}
