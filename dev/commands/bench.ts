import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { runCommand, wholeNumber } from '../../scripts/command-line';
import { startEmulator } from '../emulator';
import { newestPackage, unpackPackage } from '../job-runner/plan/package-file';
import { jobEnvironment, leaseIn } from '../measure/job';
import { median } from '../measure/numbers';
import { FarServices } from '../measure/one-job/far-services';
import { peaks } from '../measure/one-job/peaks';
import { roundTrips } from '../measure/one-job/round-trips';
import { runIn } from '../measure/one-job/run';
import { dist } from './folders';

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

/** The most memory that a stage may have over plain HTTP, in times of an empty script: other systems differ a little. */
const memoryBudget = 1.25;

const stages = ['main', 'post'] as const;
type Stage = (typeof stages)[number];

void runCommand({
  help: `npm run bench [-- --rounds N]

What main and post cost over an empty Node script, in one run, so that a slow machine is slow for all of them. Prints
medians, the most memory, requests and bytes as a table, and the round trips that main and post wait for where every
host is far away. Fails if main takes more than ${budgets.main} times an empty script or post more than ${budgets.post}, if they wait
for more than ${tripBudgets.main} and ${tripBudgets.post} round trips, or if one has more than ${memoryBudget} times the memory of an empty script.

  --rounds N   default 30`,
  options: { rounds: { type: 'string', default: '30' } },
  run: ({ rounds }) => bench(wholeNumber('--rounds', rounds, [1, 10_000])),
});

async function bench(rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const packaged = newestPackage(dist);
  const extension = await unpackPackage(packaged);
  const run = runIn(folder);
  const emulator = await startEmulator();
  const far = await FarServices.start(folder);
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
    const measure = { folder, task, empty, run };
    const here = await peaks({ ...measure, env: jobEnvironment(emulator, folder) });
    const overTls = await peaks({ ...measure, env: far.env });
    console.log('\n| Peak memory | plain HTTP | TLS, through a proxy | floor: an empty script |\n|---|---|---|---|');
    const mebibytes = (value: number) => `${value.toFixed(1)} MiB`;
    for (const stage of stages) {
      console.log(`| ${stage} | ${[here[stage], overTls[stage], here.empty].map(mebibytes).join(' | ')} |`);
    }
    const trips = await roundTrips(far, task, run);
    console.log('\n| Every host far away, behind a near proxy | round trips | floor |\n|---|---|---|');
    for (const stage of stages) console.log(`| ${stage} | ${trips[stage].toFixed(1)} | ${floors[stage]} |`);
    console.log(`\nPackage: ${basename(packaged)}, ${(statSync(packaged).size / 1000).toFixed(1)} kB`);
    const broken = stages.flatMap((stage) =>
      overBudget(stage, { times: timesOf(measured, stage), trips: trips[stage], memory: here[stage] / here.empty }),
    );
    if (broken.length > 0) throw new Error(broken.join(' '));
  } finally {
    await far.close();
    await emulator.close();
    for (const made of [folder, extension]) rmSync(made, { recursive: true, force: true });
  }
}

function timesOf(rounds: Round[], stage: Stage): number {
  return median(rounds.map((round) => round[stage] / round.empty));
}

function overBudget(stage: Stage, { times, trips, memory }: Record<'times' | 'trips' | 'memory', number>): string[] {
  const broken: string[] = [];
  if (times > budgets[stage]) {
    broken.push(`${stage} takes ${times.toFixed(2)} times an empty script: more than ${budgets[stage]}.`);
  }
  if (trips > tripBudgets[stage]) {
    broken.push(`${stage} waits for ${trips.toFixed(1)} round trips: more than ${tripBudgets[stage]}.`);
  }
  if (memory > memoryBudget) {
    broken.push(`${stage} has ${memory.toFixed(2)} times the memory of an empty script: more than ${memoryBudget}.`);
  }
  return broken;
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
