import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { runCommand, wholeNumber } from '../../scripts/command-line';
import { startEmulator } from '../emulator';
import { newestPackage, unpackPackage } from '../job-runner/plan/package-file';
import { jobEnvironment, leaseIn } from '../measure/job';
import { median } from '../measure/numbers';
import { roundTrips } from '../measure/round-trips';

interface Round {
  empty: number;
  main: number;
  post: number;
}

/** What main may take, in times of an empty script. */
const budget = 3.2;

void runCommand({
  help: `npm run bench [-- --rounds N]

What main and post cost over an empty Node script, in one run, so that a slow machine is slow for all of them. Prints
medians, requests and bytes as a table, and fails if main takes more than ${budget} times an empty script.

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
    const { main, post } = await roundTrips(task, folder, run);
    console.log('\n| Every host far away, behind a near proxy | round trips | floor |\n|---|---|---|');
    console.log(`| main | ${main.toFixed(1)} | 5 |\n| post | ${post.toFixed(1)} | 4 |`);
    const times = median(measured.map(({ main, empty }) => main / empty));
    if (times > budget) throw new Error(`Main takes ${times.toFixed(2)} times an empty script: more than ${budget}.`);
    console.log(`\nPackage: ${basename(packaged)}, ${(statSync(packaged).size / 1000).toFixed(1)} kB`);
  } finally {
    await emulator.close();
    for (const made of [folder, extension]) rmSync(made, { recursive: true, force: true });
  }
}

/** One process from start to end, in milliseconds. */
function run(script: string, env: NodeJS.ProcessEnv): Promise<{ milliseconds: number; output: string }> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
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
  console.log('No process is given NODE_EXTRA_CA_CERTS or NODE_OPTIONS: each makes every start of Node slower.\n');
  console.log('| | whole process | over an empty script | times an empty script | requests | bundle |');
  console.log('|---|---|---|---|---|---|');
  console.log(`| empty script | ${ms(emptyOf)} | | 1.00 | | |`);
  for (const [stage, asked] of [
    ['main', requests.slice(0, first)],
    ['post', requests.slice(first)],
  ] as const) {
    const whole = ms(rounds.map((round) => round[stage]));
    const over = ms(rounds.map((round) => round[stage] - round.empty));
    const times = median(rounds.map((round) => round[stage] / round.empty)).toFixed(2);
    const asks = `${asked.length} (${asked.join(', ')})`;
    console.log(`| ${stage} | ${whole} | +${over} | ${times} | ${asks} | ${size(`${stage}.js`)} |`);
  }
}
