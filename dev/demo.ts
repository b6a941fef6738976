/**
 * npm run demo: one job from minting to revocation, on this machine, with the packaged task. Nothing leaves the
 * machine. Whatever the screen claims is checked first; the exit code is 0 only if all of it held.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RegisterOptions, registerAgent } from './agent';
import { type Emulator, type PatRecord, startEmulator } from './emulator';
import { type JobResult, runJob } from './job-runner';
import { newestPackage, unpackPackage } from './job-runner/package-file';

const machines = [
  { os: 'windows', agent: 'build-windows', description: 'Windows' },
  { os: 'macos', agent: 'build-macos', description: 'Darwin' },
  { os: 'linux', agent: 'build-linux', description: 'Linux' },
] as const;
const pool = 'Default';
const lifetimeMinutes = 10;
const root = join(__dirname, '..');

let failed = 0;

function heading(text: string): void {
  console.log(`\n${text}\n${'-'.repeat(text.length)}`);
}

/** Says what was checked, and remembers if it did not hold. */
function check(held: boolean, claim: string): void {
  console.log(`  ${held ? 'ok' : 'NOT OK'}  ${claim}`);
  if (!held) failed++;
}

async function demo(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'demo-'));
  const emulator = await startEmulator();
  let extension: string | undefined;
  try {
    heading('1. Package the extension, as it would be uploaded to the Marketplace');
    extension = await packageExtension();

    heading('2. Run a job with it, against an emulated organization on this machine');
    console.log(`  Organization: ${emulator.organizationUrl}, agent pool: ${pool}\n`);
    const pipeline = pipelineText(folder);
    console.log(`${indent(pipeline.replaceAll(root, '.'))}\n`);
    const job = await runDemoJob(emulator, pipeline, extension);

    heading('3. What happened');
    const token = emulator.state.pats.at(-1);
    check(job.result === 'Succeeded', `The job succeeded (${job.result}).`);
    check(token !== undefined, 'It minted a personal access token.');
    if (!token) return;
    checkToken(emulator, token);
    checkAgents(emulator, token);
    checkSecrecy(job, token);
    checkRequests(emulator);

    heading('4. Try the same token once more, as a thief would');
    await checkRefused({ url: emulator.organizationUrl, token: token.token, pool, agent: 'thief' }, folder);
  } finally {
    await emulator.close();
    for (const made of [folder, extension]) if (made !== undefined) rmSync(made, { recursive: true, force: true });
  }
}

async function packageExtension(): Promise<string> {
  const script = [require.resolve('tsx/cli'), join(root, 'scripts', 'package.ts')];
  const { status, stdout, stderr } = spawnSync(process.execPath, script, { cwd: root, encoding: 'utf8' });
  check(status === 0, `Packaged without a warning: ${stdout.trim()}`);
  if (status !== 0) throw new Error(stderr);
  return unpackPackage(newestPackage(join(root, 'dist')));
}

function pipelineText(folder: string): string {
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
      issuer: agent-pool-issuer
      pool: ${pool}
      lifetimeMinutes: ${lifetimeMinutes}
${steps.join('\n')}`;
}

async function runDemoJob(emulator: Emulator, pipeline: string, tasksFolder: string): Promise<JobResult> {
  const { tenantId, clientId, authorityUrl, clientSecret, refreshToken } = emulator.issuer;
  return runJob({
    pipeline,
    tasksFolder,
    organizationUrl: emulator.organizationUrl,
    variables: { 'System.DefaultWorkingDirectory': root },
    connections: [
      {
        name: 'agent-pool-issuer',
        type: 'AgentPoolTokenIssuer',
        url: emulator.organizationUrl,
        data: { tenantId, clientId, authorityUrl },
        authorization: { scheme: 'None', parameters: { clientSecret, refreshToken } },
      },
    ],
    onLine: (line) => console.log(indent(line.replaceAll(root, '.'))),
  });
}

function checkToken(emulator: Emulator, token: PatRecord): void {
  const { organizationId } = emulator.state;
  const minutes = (token.validTo - token.validFrom) / 60_000;
  check(token.scope === 'vso.agentpools_manage', `Its one scope was ${token.scope}: Agent Pools (read, manage).`);
  check(
    token.targetAccounts?.length === 1 && token.targetAccounts[0] === organizationId,
    'It was good for this organization alone.',
  );
  check(
    Math.abs(minutes - lifetimeMinutes) < 1,
    `It would have expired by itself after ${Math.round(minutes)} minutes.`,
  );
  check(token.revoked, 'It was revoked when the job ended.');
  check(emulator.activeTokens().length === 0, 'No token of this user is left active.');
}

function checkAgents(emulator: Emulator, token: PatRecord): void {
  const agents = emulator.state.pools.find(({ name }) => name === pool)?.agents ?? [];
  for (const { agent, description } of machines) {
    const registered = agents.find(({ name }) => name === agent);
    check(
      registered?.osDescription.includes(description) === true,
      `${agent} is registered (${registered?.osDescription}).`,
    );
  }
  const leaking = agents.filter((agent) => formsOf(token.token).some((form) => JSON.stringify(agent).includes(form)));
  check(leaking.length === 0, 'No agent told the token to the server among its capabilities.');
}

function checkSecrecy({ log, variables, outputs }: JobResult, token: PatRecord): void {
  const shown = [...log, JSON.stringify(variables), JSON.stringify(outputs)];
  const leaks = shown.filter((text) => formsOf(token.token).some((form) => text.includes(form)));
  check(leaks.length === 0, `The token stands in none of the ${log.length} lines of the log, in no form.`);
}

function checkRequests(emulator: Emulator): void {
  const operations = emulator.requests.map(({ operation }) => operation);
  const expected = ['entra.token', 'pats.create', 'pools.list'];
  const main = operations.slice(0, 3).join(', ');
  const post = operations.slice(-2).join(', ');
  check(main === expected.join(', '), `Minting took 3 requests: ${main}.`);
  check(post === 'entra.token, pats.revoke', `Revoking took 2 requests: ${post}.`);
}

async function checkRefused(options: RegisterOptions, folder: string): Promise<void> {
  const refusal = await registerAgent({ ...options, directory: join(folder, 'thief'), environment: {} }).then(
    () => undefined,
    (error: Error) => error.message,
  );
  check(refusal !== undefined, `Refused: ${refusal ?? 'no, it was accepted'}`);
}

/** The token, and what it looks like in a header of the clients that send it. */
function formsOf(token: string): string[] {
  const users = ['', ':', 'VstsAgent:', 'PAT:'];
  return [
    token,
    ...users.map((user) =>
      Buffer.from(user + token)
        .toString('base64')
        .replace(/=+$/, ''),
    ),
  ];
}

function indent(text: string): string {
  return text.replace(/^/gm, '  | ');
}

demo()
  .catch((error: unknown) => {
    failed++;
    console.error(error instanceof Error ? error.message : error);
  })
  .finally(() => {
    console.log(failed === 0 ? '\nAll of it held.' : `\n${failed} of these claims did not hold.`);
    process.exitCode = failed === 0 ? 0 : 1;
  });
