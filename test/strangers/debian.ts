import { type Log, run } from './run';

/** Programs that the tests start, each in Debian's package of the same name. */
const programs = ['faketime', 'openssl', 'shellcheck', 'squid', 'tinyproxy'];

/** Debian has programs of the system in folders that are not on the path of every user. */
const env = {
  ...process.env,
  PATH: `${process.env.PATH}:/usr/sbin:/sbin`,
  DEBIAN_FRONTEND: 'noninteractive',
};

/**
 * Installs the programs that this machine lacks. apt-get checks their signatures; their versions are those of the
 * machine's Debian, which keeps no others.
 * @throws where that takes a right or a system that is not here, with what to run.
 */
export async function installPrograms(log: Log): Promise<void> {
  const missing = await missingPrograms();
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !(await isThere('apt-get'))) {
    throw new Error(
      `This machine lacks ${missing.join(', ')}. Only root can install them, and only on Debian or Ubuntu: ` +
        `run \`sudo apt-get update && sudo apt-get install --no-install-recommends ${missing.join(' ')}\`, ` +
        'or install them as this system does, then run the tests again.',
    );
  }
  log(`installs ${missing.join(', ')} from Debian`);
  await run('apt-get', ['update', '-qq'], env);
  const options = ['-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'];
  await run('apt-get', ['install', ...options, ...missing], env);
  const left = await missingPrograms();
  if (left.length > 0) throw new Error(`apt-get installed ${left.join(', ')}, but no such program can be started.`);
}

async function missingPrograms(): Promise<string[]> {
  const there = await Promise.all(programs.map(isThere));
  return programs.filter((_, index) => !there[index]);
}

function isThere(program: string): Promise<boolean> {
  const [finder, ...args] = process.platform === 'win32' ? ['where', program] : ['sh', '-c', `command -v ${program}`];
  return run(finder as string, args, env).then(
    () => true,
    () => false,
  );
}
