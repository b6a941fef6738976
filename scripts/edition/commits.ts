import { spawnSync } from 'node:child_process';

/**
 * How many commits a folder's history has: a number that rises with each of them.
 * @throws where that cannot be known, with what to do instead.
 */
export function commitsOf(folder: string): number {
  if (git(folder, 'rev-parse', '--is-shallow-repository') === 'false') {
    const count = Number(git(folder, 'rev-list', '--count', 'HEAD'));
    if (count > 0) return count;
  }
  throw new Error(
    'The patch version of a development package is the number of commits, and this folder does not have the whole ' +
      'history. Fetch it, or give a number that rises: --patch N.',
  );
}

function git(folder: string, ...args: string[]): string {
  return spawnSync('git', args, { cwd: folder, encoding: 'utf8' }).stdout?.trim() ?? '';
}
