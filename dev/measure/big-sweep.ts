import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sweepEnvironment } from './job';
import { printTable } from './numbers';
import { PeakMemory } from './peak-memory';
import { type Ended, runProcess, succeeded } from './process';
import { ServicesProcess } from './services-process';
import type { SweepJudgement } from './tokens';

interface Run extends Ended {
  peakMegabytes: number;
}

/**
 * One sweep through ten thousand tokens, two thousand of them ours.
 * @returns the promises that were broken.
 */
export async function bigSweep(task: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'load-'));
  const services = new ServicesProcess();
  try {
    const access = await services.call('start', undefined);
    const project = randomUUID();
    await services.call('fill', project);
    writeFileSync(join(folder, 'empty.js'), '');
    const peak = new PeakMemory(folder);
    const env = sweepEnvironment(access, project, folder);
    const run = async (script: string): Promise<Run> => {
      const ended = await runProcess(folder, [...peak.options, script], peak.environment(env));
      return { ...ended, peakMegabytes: (peak.read() * 1024) / 1e6 };
    };
    const empty = await run(join(folder, 'empty.js'));
    const sweep = await run(join(task, 'main.js'));
    const judgement = await services.call('swept');
    report(judgement, sweep, empty);
    return brokenPromises(judgement, sweep);
  } finally {
    services.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function brokenPromises({ due, revokedOfDue, wronglyRevoked }: SweepJudgement, sweep: Run): string[] {
  const broken: string[] = [];
  if (!succeeded(sweep)) broken.push('The sweep failed.');
  if (revokedOfDue < due) broken.push(`The sweep left ${due - revokedOfDue} tokens alive.`);
  for (const name of wronglyRevoked) broken.push(`The sweep revoked "${name}", which it must leave alone.`);
  const reported = /variable=revokedCount[^\]]*\](\d+)/.exec(sweep.output)?.[1];
  if (Number(reported) !== due) broken.push(`The sweep says that it revoked ${reported} tokens, not ${due}.`);
  return broken;
}

function report(
  { active, ours, ofRunningJobs, due, revokedOfDue, wronglyRevoked, requests }: SweepJudgement,
  sweep: Run,
  empty: Run,
): void {
  const total = Object.values(requests).reduce((sum, count) => sum + count, 0);
  printTable(['One sweep', ''], {
    'active tokens, ours among them': `${active}, ${ours}`,
    'ours of jobs that still run': ofRunningJobs,
    'leftovers, revoked of them': `${due}, ${revokedOfDue}`,
    'others revoked': wronglyRevoked.length,
    requests: total,
    ...Object.fromEntries(Object.entries(requests).map(([operation, count]) => [`– ${operation}`, count])),
    time: `${(sweep.milliseconds / 1000).toFixed(1)} s`,
    'peak memory, of an empty script': `${sweep.peakMegabytes.toFixed(0)} MB, ${empty.peakMegabytes.toFixed(0)} MB`,
  });
}
