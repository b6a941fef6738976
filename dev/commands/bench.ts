import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { runCommand, wholeNumber } from '../../scripts/command-line';
import { startEmulator } from '../emulator';
import { newestPackage, unpackPackage } from '../job-runner/plan/package-file';
import { jobEnvironment, leaseIn } from '../measure/job';
import { median } from '../measure/numbers';
import { PeakMemory } from '../measure/peak-memory';
import { roundTrips } from '../measure/round-trips';

interface Round {
  empty: number;
  main: number;
  post: number;
}

/** Main's three requests and post's two, in round trips: the least that any client waits for. */
const floors = { main: 5, post: 4 } as const;

/**
 * What a stage may take, in times of an empty script: twice the target. A busy machine moves the ratio by half, and the
 * command is to fail where a step became slower, not where something else ran beside it.
 */
const budgets = { main: 5.8, post: 5.4 } as const;

/** What a stage may wait for, in round trips, with room for the same. */
const tripBudgets = { main: 8, post: 7 } as const;

const stages = ['main', 'post'] as const;
type Stage = (typeof stages)[number];

void runCommand({
  help: `npm run bench [-- --rounds N]

What main and post cost over an empty Node script, in one run, so that a slow machine is slow for all of them. Prints
medians, the most memory, requests and bytes as a table, and the round trips that main and post wait for where every
host is far away. Fails if main takes more than ${budgets.main} times an empty script or post more than ${budgets.post}, or if they
wait for more than ${tripBudgets.main} and ${tripBudgets.post} round trips.

  --rounds N   default 30`,
  options: { rounds: { type: 'string', default: '30' } },
  run: ({ rounds }) => bench(wholeNumber('--rounds', rounds, [1, 10_000])),
});

async function bench(rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const packaged = newestPackage(join(__dirname, '..', '..', 'dist'));
  const extension = await unpackPackage(packaged);
  const emulator = await startEmulator();
  try {
    const task = join(extension, 'tasks', 'AgentPoolToken', 'AgentPoolTokenV1');
    const empty = join(folder, 'empty.js');
    writeFileSync(empty, '');
    const once = async (): Promise<Round> => {
      const env = jobEnvironment(emulator, folder);
      const started = await run(empty, env);
      const main = await run(join(task, 'main.js'), env);
      const post = await run(join(task, 'post.js'), { ...env, ...leaseIn(main.output) });
      return { empty: started.milliseconds, main: main.milliseconds, post: post.milliseconds };
    };
    await once();
    const requests = emulator.requests.map(({ operation }) => operation);
    const measured: Round[] = [];
    for (let round = 0; round < rounds; round++) measured.push(await once());
    if (emulator.activeTokens().length > 0) throw new Error('A token was left alive: these figures are worthless.');
    report(measured, requests, task);
    await reportPeaks({ env: jobEnvironment(emulator, folder), folder, task, empty });
    const trips = await roundTrips(task, folder, run);
    console.log('\n| Every host far away, behind a near proxy | round trips | floor |\n|---|---|---|');
    for (const stage of stages) console.log(`| ${stage} | ${trips[stage].toFixed(1)} | ${floors[stage]} |`);
    console.log(`\nPackage: ${basename(packaged)}, ${(statSync(packaged).size / 1000).toFixed(1)} kB`);
    const broken = stages.flatMap((stage) => overBudget(stage, timesOf(measured, stage), trips[stage]));
    if (broken.length > 0) throw new Error(broken.join(' '));
  } finally {
    await emulator.close();
    for (const made of [folder, extension]) rmSync(made, { recursive: true, force: true });
  }
}

function timesOf(rounds: Round[], stage: Stage): number {
  return median(rounds.map((round) => round[stage] / round.empty));
}

function overBudget(stage: Stage, times: number, trips: number): string[] {
  const broken: string[] = [];
  if (times > budgets[stage]) {
    broken.push(`${stage} takes ${times.toFixed(2)} times an empty script: more than ${budgets[stage]}.`);
  }
  if (trips > tripBudgets[stage]) {
    broken.push(`${stage} waits for ${trips.toFixed(1)} round trips: more than ${tripBudgets[stage]}.`);
  }
  return broken;
}

/** The most memory that each has, apart from the rounds: what writes it down takes time. */
async function reportPeaks({
  env,
  folder,
  task,
  empty,
}: Record<'folder' | 'task' | 'empty', string> & { env: NodeJS.ProcessEnv }) {
  const peak = new PeakMemory(folder);
  const watched = peak.environment(env);
  const mebibytes = () => `${(peak.read() / 1024).toFixed(1)} MiB`;
  await run(empty, watched, peak.options);
  const floor = mebibytes();
  const { output } = await run(join(task, 'main.js'), watched, peak.options);
  const main = mebibytes();
  await run(join(task, 'post.js'), { ...watched, ...leaseIn(output) }, peak.options);
  console.log('\n| Peak memory | | floor: an empty script |\n|---|---|---|');
  console.log(`| main | ${main} | ${floor} |\n| post | ${mebibytes()} | ${floor} |`);
}

/** One process from start to end, in milliseconds. */
function run(
  script: string,
  env: NodeJS.ProcessEnv,
  options: string[] = [],
): Promise<{ milliseconds: number; output: string }> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, [...options, script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0 && !output.includes('result=Failed')) {
        resolve({ milliseconds: performance.now() - started, output });
      } else {
        reject(new Error(`${script} failed with exit code ${code}.`));
      }
    });
  });
}

function report(rounds: Round[], requests: string[], task: string): void {
  const size = (file: string) => `${(statSync(join(task, file)).size / 1000).toFixed(1)} kB`;
  const ms = (values: number[]) => `${median(values).toFixed(0)} ms`;
  const emptyOf = rounds.map(({ empty }) => empty);
  const first = requests.indexOf('entra.token', 1);
  console.log(`Node ${process.versions.node}, ${process.platform} ${process.arch}, ${rounds.length} rounds, medians`);
  console.log('No process is given NODE_EXTRA_CA_CERTS or NODE_OPTIONS: each makes every start of Node slower.');
  const spread = `${Math.min(...emptyOf).toFixed(0)} to ${Math.max(...emptyOf).toFixed(0)} ms`;
  console.log(`The base is an empty script, ${ms(emptyOf)} (${spread}): the floor of every time below.\n`);
  console.log('| | whole process | over an empty script | times an empty script | requests | bundle |');
  console.log('|---|---|---|---|---|---|');
  console.log(`| empty script | ${ms(emptyOf)} | | 1.00 | | |`);
  for (const stage of stages) {
    const asked = stage === 'main' ? requests.slice(0, first) : requests.slice(first);
    const whole = ms(rounds.map((round) => round[stage]));
    const over = ms(rounds.map((round) => round[stage] - round.empty));
    const times = timesOf(rounds, stage).toFixed(2);
    const asks = `${asked.length} (${asked.join(', ')})`;
    console.log(`| ${stage} | ${whole} | +${over} | ${times} | ${asks} | ${size(`${stage}.js`)} |`);
  }
}
