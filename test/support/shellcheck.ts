import { spawnSync } from 'node:child_process';

/**
 * What shellcheck has to say of a script, or nothing. Debian's package is installed where it is missing.
 * @param given variables that have a value when the script begins.
 */
export function shellcheck(script: string, given: string[] = []): string {
  const whole = given.map((name) => `IFS= read -r ${name}\n`).join('') + script;
  const first = check(whole);
  if (first !== undefined) return first;
  spawnSync('apt-get', ['install', '--yes', '--quiet', 'shellcheck'], { stdio: 'ignore' });
  return check(whole) ?? 'shellcheck is missing, and could not be installed';
}

function check(script: string): string | undefined {
  // SC2016: what stands in single quotes is for the shell of another machine.
  const options = ['--shell=sh', '--exclude=SC2016', '--format=gcc', '-'];
  const { error, stdout, stderr } = spawnSync('shellcheck', options, { input: script, encoding: 'utf8' });
  return error ? undefined : stdout + stderr;
}
