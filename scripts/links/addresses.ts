import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../command-line';
import { root } from '../layout';

/** Where people find what a package comes from. */
export interface Repository {
  /** Its own address. */
  home: string;
  /** Where faults are reported. */
  issues: string;
  /** The page of a file, given by its path from the root, perhaps with the anchor of a heading. */
  document(path: string): string;
  /** Pictures of its state, from a service whose badges the Marketplace shows. */
  badges: { href: string; uri: string; description: string }[];
}

/**
 * Understands the address of a repository on GitHub or in Azure Repos, as people and pipelines write it.
 * @throws UsageError where it is neither: links that lead nowhere are worse than none.
 */
export function repositoryAt(address: string): Repository {
  const { host, path, password } = partsOf(address);
  if (password === '') {
    const [, owner, name] = /^\/([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/.exec(host === 'github.com' ? path : '') ?? [];
    if (owner && name) return onGitHub(`${owner}/${name}`);
    const azure = /^(dev\.azure\.com\/[\w.-]+|[\w-]+\.visualstudio\.com)(\/(?:[^/?#]+\/)?)_git\/([^/?#]+)\/?$/;
    const [, organization, project, repository] = azure.exec(`${host}${path}`) ?? [];
    if (organization && project && repository) return inAzureRepos(organization, project, repository);
  }
  throw new UsageError(
    `--repository ${JSON.stringify(address)} is no repository that links can be made for. Give ` +
      'https://github.com/OWNER/REPOSITORY or https://dev.azure.com/ORGANIZATION/PROJECT/_git/REPOSITORY.',
  );
}

/** A pipeline's own variable carries a user name, which belongs in no link. */
function partsOf(address: string): { host: string; path: string; password: string } {
  if (!URL.canParse(address) || !address.startsWith('https://')) return { host: '', path: '', password: '' };
  const { host, pathname, password, search, hash } = new URL(address);
  return { host, path: pathname + search + hash, password };
}

function onGitHub(name: string): Repository {
  const home = `https://github.com/${name}`;
  return {
    home,
    issues: `${home}/issues`,
    document: (path) => `${home}/blob/HEAD/${existing(path)}`,
    badges: [
      {
        href: `${home}/actions/workflows/ci.yml`,
        uri: `https://img.shields.io/github/actions/workflow/status/${name}/ci.yml`,
        description: 'State of the tests',
      },
      {
        href: `${home}/releases`,
        uri: `https://img.shields.io/github/v/release/${name}`,
        description: 'Newest release',
      },
    ],
  };
}

/** A repository that bears the name of its project may be addressed without naming the project. */
function inAzureRepos(organization: string, project: string, repository: string): Repository {
  const home = `https://${organization}${project}_git/${repository}`;
  const named = project === '/' ? `/${repository}/` : project;
  return {
    home,
    issues: `https://${organization}${named}_workitems`,
    document: (path) => {
      const [file = '', anchor] = existing(path).split('#');
      return `${home}?path=/${file}${anchor === undefined ? '' : `&anchor=${anchor}`}`;
    },
    badges: [],
  };
}

function existing(path: string): string {
  if (existsSync(join(root, path.split('#')[0] ?? ''))) return path;
  throw new Error(`A text to be packaged links to ${path}, which does not exist.`);
}
