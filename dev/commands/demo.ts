import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand, UsageError } from '../../scripts/command-line';
import { type Emulator, startEmulator } from '../emulator';
import { type Connection, type JobResult, runJob } from '../job-runner';
import { newestPackage, unpackPackage } from '../job-runner/plan/package-file';
import { type Kind, kinds, pool } from './demo-run/demo-kinds';
import { check, conclude, heading } from './demo-run/demo-report';
import { dist, root } from './folders';

const machines = [
  { os: 'windows', agent: 'build-windows', platform: 'Windows', kernel: 'Windows_NT' },
  { os: 'macos', agent: 'build-macos', platform: 'macOS', kernel: 'Darwin' },
  { os: 'linux', agent: 'build-linux', platform: 'Linux', kernel: 'Linux' },
] as const;

const help = `npm run demo [-- --kind pat|entra]

Packages the extension, makes an issuer for it with the issuer command, and runs it in a job on this machine, from
minting a token to its revocation, against an emulated organization. Needs nothing but Node.js after npm ci: no Azure
CLI, no browser, no account. Nothing leaves the machine. Each claim on the screen is checked first.

  --kind pat     the default: a personal access token
  --kind entra   a service principal's Entra token, which needs no issuer

The exit code is 0 only if all of it held.`;

const parts = `What is real here, and what is simulated
  real        the package, its task and the issuer command in processes of their own, each request that they send, the log
  simulated   Azure DevOps and Microsoft Entra: an emulator on this machine, written from their documentation
  simulated   the person who sets the issuer up: a stand-in for Azure CLI gives the administrator's tokens, and a program
              fills in the emulated sign-in page as the user
  simulated   the agent that runs the job: a job runner, written from the agent's published source
  simulated   the three machines: one client registers three times from this ${process.platform} machine, as an agent
              on Windows, on macOS and on Linux would`;

void runCommand({
  help,
  options: { kind: { type: 'string', default: 'pat' } },
  async run({ kind: name }) {
    const kind = kinds[name];
    if (!kind) throw new UsageError(`--kind is one of ${Object.keys(kinds).join(', ')}, not ${JSON.stringify(name)}.`);
    console.log(parts);
    await demo(kind).catch((error: unknown) => check(false, error instanceof Error ? error.message : String(error)));
    return conclude();
  },
});

async function demo(kind: Kind): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'demo-'));
  const emulator = await startEmulator();
  let extension: string | undefined;
  try {
    heading('Package the extension, as it would be uploaded to the Marketplace');
    extension = await packageExtension();

    const connection = await kind.connection(emulator, (line) => console.log(indent(line)));
    if (!connection) return;
    const before = emulator.requests.length;

    heading('Run a job with it, against an emulated organization on this machine');
    console.log(`  Organization: ${emulator.organizationUrl}, agent pool: ${pool}\n`);
    const pipeline = pipelineText(kind, folder);
    console.log(`${indent(pipeline.replaceAll(root, '.'))}\n`);
    const job = await runDemoJob(emulator, connection, { pipeline, tasksFolder: extension });

    heading('What happened');
    check(job.result === 'Succeeded', `The job succeeded (${job.result}).`);
    const token = kind.checkToken(emulator, { job, operations: operationsSince(emulator, before) });
    if (token === undefined) return;
    checkAgents(emulator, token);
    checkSecrecy(job, token);
    await kind.checkEnd(emulator, token, folder);
  } finally {
    await emulator.close();
    for (const made of [folder, extension]) if (made !== undefined) rmSync(made, { recursive: true, force: true });
  }
}

async function packageExtension(): Promise<string> {
  const script = [require.resolve('tsx/cli'), join(root, 'scripts', 'package.ts')];
  const { status, stdout, stderr } = spawnSync(process.execPath, script, { cwd: root, encoding: 'utf8' });
  check(status === 0, `Packaged: ${stdout.trim()}`);
  if (status !== 0) throw new Error(stderr);
  // In a copy of this project without an address or a publisher of its own: what its packages lack.
  if (stderr.trim() !== '') console.log(indent(stderr.trim()));
  return unpackPackage(newestPackage(dist));
}

function pipelineText(kind: Kind, folder: string): string {
  const client = `node --require tsx/cjs "${join(root, 'dev', 'agent', 'cli.ts')}"`;
  const steps = machines.map(({ os, agent }) => {
    const flags = `--unattended --url "$(System.CollectionUri)" --auth pat --pool ${pool} --agent ${agent} --os ${os}`;
    return `  - script: ${client} config ${flags} --directory "${join(folder, agent)}"
    displayName: Register ${agent}
    env:
      VSTS_AGENT_INPUT_TOKEN: $(AGENT_POOL_TOKEN)`;
  });
  return `steps:
  - task: AgentPoolToken@1
    inputs:
      ${kind.credential}
      pool: ${pool}
${steps.join('\n')}`;
}

async function runDemoJob(
  emulator: Emulator,
  connection: Connection,
  { pipeline, tasksFolder }: { pipeline: string; tasksFolder: string },
): Promise<JobResult> {
  return runJob({
    pipeline,
    tasksFolder,
    organizationUrl: emulator.organizationUrl,
    jobAccessToken: emulator.state.jobAccessToken,
    variables: { 'System.DefaultWorkingDirectory': root },
    connections: [connection],
    onLine: (line) => console.log(indent(line.replaceAll(root, '.'))),
  });
}

/** What the emulated services were asked for since then, in order. */
function operationsSince({ requests }: Emulator, before: number): (string | undefined)[] {
  return requests.slice(before).map(({ operation }) => operation);
}

function checkAgents(emulator: Emulator, token: string): void {
  const agents = emulator.state.pools.find(({ name }) => name === pool)?.agents ?? [];
  for (const { agent, platform, kernel } of machines) {
    const registered = agents.find(({ name }) => name === agent);
    check(
      registered?.osDescription.startsWith(`${kernel} `) === true,
      `${agent} is registered, as an agent on ${platform} (simulated).`,
    );
  }
  const leaking = agents.filter((agent) => formsOf(token).some((form) => JSON.stringify(agent).includes(form)));
  check(leaking.length === 0, 'No agent sent the token to the server among its capabilities.');
}

function checkSecrecy({ log, variables, outputs }: JobResult, token: string): void {
  const shown = [...log, JSON.stringify(variables), JSON.stringify(outputs)];
  const leaks = shown.filter((text) => formsOf(token).some((form) => text.includes(form)));
  check(leaks.length === 0, `The token stands in none of the ${log.length} lines of the log, in no form.`);
}

/** The token, and its base64 behind any user name, without the characters that depend on what stands beside it. */
function formsOf(token: string): string[] {
  const base64Behind = (characters: number) => {
    const text = Buffer.from('\0'.repeat(characters) + token).toString('base64');
    return text.replace(/=+$/, '').slice(Math.ceil((characters * 8) / 6), -1);
  };
  return [token, ...[0, 1, 2].map(base64Behind)];
}

function indent(text: string): string {
  return text.replace(/^/gm, '  | ');
}
