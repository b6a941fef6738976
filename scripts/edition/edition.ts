import type { parseArgs } from 'node:util';
import { typedPath, UsageError } from '../command-line';
import { dist, readJson, root, version } from '../layout';
import { type Repository, repositoryAt } from '../links/addresses';
import { repositoryOfClone } from '../links/git-remote';
import { commitsOf } from './commits';
import { developmentId } from './development';
import { checkPublisher, placeholderPublisher } from './publisher';

/** What is packaged, and for whom. */
export interface Edition {
  /** Whether it is the one that stands beside the real extension, for trying things out. */
  development: boolean;
  /** Id of the extension. */
  id: string;
  publisher: string;
  /** Three numbers with dots. */
  version: string;
  repository: Repository | undefined;
  /** Folder for the package, which holds no other package afterwards. */
  output: string;
  /** What the package lacks because it was not said, and how to say it: warnings for the person who packages. */
  missing: string[];
}

/** Options of every command that packages. */
export const editionOptions = {
  publisher: { type: 'string' },
  repository: { type: 'string' },
  dev: { type: 'boolean', default: false },
  patch: { type: 'string' },
  output: { type: 'string', default: dist },
} as const;

/** What `--help` says of those that every such command has. */
export const editionHelp = `  --publisher NAME   id of the publisher; default: the one in vss-extension.json
  --repository URL   where its links lead, on GitHub or in Azure Repos; default: what git knows as origin`;

type Options = ReturnType<typeof parseArgs<{ options: typeof editionOptions }>>['values'];

/**
 * Completes the options of a command with what the project and its clone know.
 * @throws UsageError where they cannot be followed.
 */
export function editionOf({ publisher, repository, dev, patch, output }: Options): Edition {
  if (patch !== undefined && !dev)
    throw new UsageError('--patch goes with --dev: the real version is in package.json.');
  if (patch !== undefined && !/^(0|[1-9]\d{0,8})$/.test(patch)) throw new UsageError('--patch is a whole number.');
  const { id, publisher: ownPublisher } = readJson('vss-extension.json');
  const edition = {
    development: dev,
    id: dev ? developmentId(String(id)) : String(id),
    publisher: checkPublisher(publisher ?? String(ownPublisher)),
    version: dev ? version().replace(/\d+$/, () => patch ?? String(commitsOf(root))) : version(),
    repository: repository === undefined ? repositoryOfClone(root) : repositoryAt(repository),
    output: typedPath(output),
  };
  return { ...edition, missing: missingIn(edition) };
}

function missingIn({ publisher, repository }: Pick<Edition, 'publisher' | 'repository'>): string[] {
  return [
    ...(repository
      ? []
      : [
          'WARNING: this package names no repository. Its links to documents are left out, and the set-up page stands in ' +
            'its overview. git knows no origin on GitHub or in Azure Repos: give --repository URL.',
        ]),
    ...(publisher === placeholderPublisher
      ? [
          `WARNING: this package names no publisher of yours: ${publisher} is a placeholder, and the Marketplace takes the ` +
            'package from its owner alone. Before you upload one, give --publisher NAME.',
        ]
      : []),
  ];
}
