import type { parseArgs } from 'node:util';
import { dist, readJson, root, version } from '../layout';
import { type Repository, repositoryAt } from '../links/addresses';
import { commitsOf } from './commits';
import { developmentId } from './development';

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
}

/** Options of every command that packages. */
export const editionOptions = {
  publisher: { type: 'string' },
  repository: { type: 'string' },
  dev: { type: 'boolean', default: false },
  patch: { type: 'string' },
  output: { type: 'string', default: dist },
} as const;

type Options = ReturnType<typeof parseArgs<{ options: typeof editionOptions }>>['values'];

/**
 * Completes the options of a command with what the project knows by itself.
 * @throws with a sentence for whoever typed the command, where they contradict each other.
 */
export function editionOf({ publisher, repository, dev, patch, output }: Options): Edition {
  if (patch !== undefined && !dev) throw new Error('--patch goes with --dev: the real version is in package.json.');
  if (patch !== undefined && !/^(0|[1-9]\d{0,8})$/.test(patch)) throw new Error('--patch is a whole number.');
  const { id, publisher: ownPublisher } = readJson('vss-extension.json');
  return {
    development: dev,
    id: dev ? developmentId(String(id)) : String(id),
    publisher: publisher ?? String(ownPublisher),
    version: dev ? version().replace(/\d+$/, () => patch ?? String(commitsOf(root))) : version(),
    repository: repository === undefined ? undefined : repositoryAt(repository),
    output,
  };
}
