import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Emulator } from '../../../dev/emulator';
import type { Machine } from './machine';
import { runInPowerShell } from './powershell-host';

export const scriptsFolder = join(__dirname, '..', '..', '..', 'examples', 'scripts');

export interface ScriptRun {
  /** Of the environment, besides the token and the organization. */
  variables: Record<string, string>;
  /** Default: dash; pwsh for a script of PowerShell. */
  shell?: 'dash' | 'bash';
  /** Text of a file that bash reads before each script. */
  bashStart?: string;
  /** What the token may do; default `vso.agentpools_manage`. */
  scope?: string;
}

export interface ScriptResult {
  /** The exit code; null where it was killed. */
  code: number | null;
  output: string;
}

const minute = 60_000;

/** A token of the emulated organization, as a job would have it. */
export function mintedToken({ state }: Emulator, scope = 'vso.agentpools_manage'): string {
  const token = `${randomUUID()}${randomUUID()}`.replaceAll('-', '').slice(0, 52);
  const validFrom = state.clock.now();
  state.pats.push({
    authorizationId: randomUUID(),
    displayName: 'agent-pool-token of a test',
    scope,
    targetAccounts: [state.organizationId],
    token,
    validFrom,
    validTo: validFrom + 60 * minute,
    userOid: state.users.default.oid,
    revoked: false,
  });
  return token;
}

/**
 * Runs a script of examples/scripts on a machine as a person would, in a group of processes of its own.
 * @param words the name of the script, and its words.
 */
export async function runScript(
  words: readonly string[],
  { emulator, machine }: { emulator: Emulator; machine: Machine },
  { variables, shell = 'dash', bashStart, scope }: ScriptRun,
): Promise<ScriptResult> {
  const [script = '', ...args] = words;
  const environment = {
    PATH: machine.path,
    HOME: join(machine.folder, 'home'),
    TMPDIR: machine.folder,
    LANG: 'C.UTF-8',
    ORGANIZATION_URL: emulator.organizationUrl,
    VSTS_AGENT_INPUT_TOKEN: mintedToken(emulator, scope),
    ...variables,
  };
  const file = join(scriptsFolder, script);
  const onLine = machine.connect(emulator);
  const result = script.endsWith('.ps1')
    ? await runInPowerShell({ script: file, words: args, environment, machine: machine.folder })
    : await runInShell([shell, file, ...args], machine, { ...environment, ...startOf(machine, bashStart) });
  for (const line of result.output.split('\n')) onLine(line);
  return result;
}

/** The variable by which bash finds such a file. */
function startOf({ folder }: Machine, text: string | undefined): Record<string, string> {
  if (text === undefined) return {};
  const file = join(folder, 'bash-start');
  writeFileSync(file, text);
  return { BASH_ENV: file };
}

async function runInShell(
  command: readonly string[],
  machine: Machine,
  env: Record<string, string>,
): Promise<ScriptResult> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: machine.folder,
    env,
  });
  writeFileSync(join(machine.folder, 'group'), String(child.pid));
  let output = '';
  const read = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, output };
}
