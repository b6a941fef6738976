import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sweepEnvironment } from './job';
import { printTable } from './numbers';
import { PeakMemory } from './peak-memory';
import { ServicesProcess } from './services-process';
import type { SweepJudgement } from './tokens';

interface Run {
  seconds: number;
  output: string;
  exitCode: number | null;
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
    const empty = await run(join(folder, 'empty.js'), env, peak);
    const sweep = await run(join(task, 'main.js'), env, peak);
    const judgement = await services.call('swept');
    report(judgement, sweep, empty);
    return brokenPromises(judgement, sweep);
  } finally {
    services.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(script: string, env: NodeJS.ProcessEnv, peak: PeakMemory): Promise<Run> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, [...peak.options, script], {
      env: peak.environment(env),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', (exitCode) => {
      const seconds = (performance.now() - started) / 1000;
      resolve({ seconds, output, exitCode, peakMegabytes: (peak.read() * 1024) / 1e6 });
    });
  });
}

function brokenPromises({ due, revokedOfDue, wronglyRevoked }: SweepJudgement, { output, exitCode }: Run): string[] {
  const broken: string[] = [];
  if (exitCode !== 0 || output.includes('result=Failed')) broken.push('The sweep failed.');
  if (revokedOfDue < due) broken.push(`The sweep left ${due - revokedOfDue} tokens alive.`);
  for (const name of wronglyRevoked) broken.push(`The sweep revoked "${name}", which it must leave alone.`);
  const reported = /variable=revokedCount[^\]]*\](\d+)/.exec(output)?.[1];
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
    time: `${sweep.seconds.toFixed(1)} s`,
    'peak memory, of an empty script': `${sweep.peakMegabytes.toFixed(0)} MB, ${empty.peakMegabytes.toFixed(0)} MB`,
  });
}
