import { UsageError } from '../command-line';

/** The publisher in vss-extension.json as long as a copy of this project has none of its own. */
export const placeholderPublisher = 'agentpooltoken';

/**
 * Returns a publisher's id if the Marketplace can know one of that form: at least two letters, digits and hyphens, of
 * which the first is no hyphen (the pattern of the manifest's published schema).
 * @throws UsageError otherwise, since the upload alone would say so.
 */
export function checkPublisher(id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9-]+$/.test(id)) return id;
  throw new UsageError(
    `${JSON.stringify(id)} is no id of a publisher: at least two letters, digits and hyphens, the first one no hyphen. ` +
      'The id is not the name that people read: https://marketplace.visualstudio.com/manage shows both.',
  );
}
