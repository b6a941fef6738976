import { randomUUID } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { expandValue, type StageEnvironment, scriptEnvironment } from '../job/environment';
import type { ScriptStep } from '../plan/pipeline-steps';
import { JobRefused } from '../refusal';
import type { Launch } from './task-handler';

/** A script step's process, and what its task prints before it. */
export interface ScriptLaunch extends Launch {
  preamble: string[];
  /** The shell, as messages about it begin. */
  shell: 'Bash' | 'Cmd.exe' | 'PowerShell';
}

const commandOutput = `${'='.repeat(26)} Starting Command Output ${'='.repeat(27)}`;

/** Refuses a script whose shell this machine does not have. */
export function requireShell(step: ScriptStep, processEnvironment: NodeJS.ProcessEnv): void {
  if (step.kind !== 'script' || process.platform !== 'win32') {
    findProgram(step.kind === 'pwsh' ? 'pwsh' : 'bash', step, processEnvironment);
  }
}

function findProgram(name: string, step: ScriptStep, processEnvironment: NodeJS.ProcessEnv): string {
  const folders = (processEnvironment.PATH ?? processEnvironment.Path ?? '').split(delimiter);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const file = folders.map((folder) => join(folder, name + suffix)).find((candidate) => existsSync(candidate));
  if (file === undefined) {
    throw new JobRefused(`${step.path}: the step needs ${name}, which is not on this machine.`);
  }
  return file;
}

/** Writes the script to a file and returns how its task would start the shell. */
export function launchScript(step: ScriptStep, environment: StageEnvironment): ScriptLaunch {
  const { variables, processEnvironment } = environment;
  const expand = (text: string) => expandValue(text, variables, processEnvironment);
  const script = expand(step.script);
  const temp = variables.get('Agent.TempDirectory') ?? '';
  const root = variables.get('System.DefaultWorkingDirectory') ?? '';
  const path = (extension: string) => join(temp, `${randomUUID()}.${extension}`);
  const launch = { workingDirectory: resolve(root, expand(step.workingDirectory)), ...envOf(environment) };
  const preamble = ['Generating script.', ...(isShown(script) ? ['Script contents:', script] : []), commandOutput];
  if (step.kind === 'pwsh') {
    const file = path('ps1');
    const lines = ["$ErrorActionPreference = 'stop'", script, checkExitCode];
    writeFileSync(file, `\uFEFF${lines.join('\n')}\n`);
    const program = findProgram('pwsh', step, processEnvironment);
    const command = ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command', `. '${file.replaceAll("'", "''")}'`];
    return { ...launch, file: program, arguments: command, preamble, shell: 'PowerShell' };
  }
  if (step.kind === 'script' && process.platform === 'win32') {
    const file = path('cmd');
    writeFileSync(file, `@echo off\r\n${script.replaceAll(/\r?\n/g, '\r\n')}`);
    const command = ['/D', '/E:ON', '/V:OFF', '/S', '/C', `"CALL "${file}""`];
    const program = processEnvironment.ComSpec ?? 'cmd.exe';
    return { ...launch, file: program, arguments: command, windowsVerbatimArguments: true, preamble, shell: 'Cmd.exe' };
  }
  const file = path('sh');
  writeFileSync(file, script.replaceAll('\r\n', '\n'));
  const options = step.kind === 'script' ? ['--noprofile', '--norc'] : [];
  const program = findProgram('bash', step, processEnvironment);
  return { ...launch, file: program, arguments: [...options, file], preamble, shell: 'Bash' };
}

/** One-liners are shown, unless the agent would take them for the command that they are to print. */
function isShown(script: string): boolean {
  return !script.includes('\n') && !script.toUpperCase().includes('##VSO[');
}

function envOf(environment: StageEnvironment): Pick<Launch, 'environment'> {
  return { environment: scriptEnvironment(environment) };
}

/** The real task ends a script with the exit code of its last program. */
const checkExitCode = [
  'if (!(Test-Path -LiteralPath variable:\\LASTEXITCODE)) {',
  "    Write-Host '##vso[task.debug]$LASTEXITCODE is not set.'",
  '} else {',
  '    exit $LASTEXITCODE',
  '}',
].join('\n');
