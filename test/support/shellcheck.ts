import { spawnSync } from 'node:child_process';
import { requireProgram } from './strangers';

/**
 * What shellcheck has to say of a script, or nothing.
 * @param given variables that have a value when the script begins.
 */
export function shellcheck(script: string, given: string[] = []): string {
  const whole = given.map((name) => `IFS= read -r ${name}\n`).join('') + script;
  // Examples have many lines in common.
  const known = results.get(whole) ?? check(whole);
  results.set(whole, known);
  return known;
}

const results = new Map<string, string>();

function check(whole: string): string {
  if (results.size === 0) requireProgram('shellcheck');
  // SC2016: what stands in single quotes is for the shell of another machine.
  const options = ['--shell=sh', '--exclude=SC2016', '--format=gcc', '-'];
  const { stdout, stderr } = spawnSync('shellcheck', options, { input: whole, encoding: 'utf8' });
  return stdout + stderr;
}
