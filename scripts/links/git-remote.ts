import { spawnSync } from 'node:child_process';
import { type Repository, repositoryAt } from './addresses';

/** The forms in which git addresses a repository over SSH, and the page of the same repository. */
const overSsh: [RegExp, string][] = [
  [/^(?:ssh:\/\/)?git@github\.com[:/](.+)$/, 'https://github.com/$1'],
  [
    /^(?:ssh:\/\/)?git@ssh\.dev\.azure\.com[:/](?:\/)?v3\/([^/]+)\/([^/]+)\/(.+)$/,
    'https://dev.azure.com/$1/$2/_git/$3',
  ],
  [
    /^(?:ssh:\/\/)?[^@/]+@vs-ssh\.visualstudio\.com[:/](?:\/)?v3\/([^/]+)\/([^/]+)\/(.+)$/,
    'https://$1.visualstudio.com/$2/_git/$3',
  ],
];

/**
 * The repository that a clone came from, as its remote `origin` names it; undefined where there is none, or where links
 * cannot be made for it. A user name or a token in the address of a clone reaches no link.
 */
export function repositoryOfClone(folder: string): Repository | undefined {
  const { stdout, status } = spawnSync('git', ['config', '--get', 'remote.origin.url'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) return undefined;
  try {
    return repositoryAt(pageOf(stdout.trim()));
  } catch {
    // It may be a folder or a server of the company. What follows from that is for the caller to say.
    return undefined;
  }
}

function pageOf(remote: string): string {
  for (const [form, page] of overSsh) if (form.test(remote)) return remote.replace(form, page);
  if (!URL.canParse(remote)) return remote;
  const url = new URL(remote);
  url.username = '';
  url.password = '';
  return url.href;
}
