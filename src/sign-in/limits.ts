import type { Connection } from '../agent/pipeline';
import { isScopeName, type ScopeName } from '../azure-devops/tokens/scopes';
import { quoted } from '../errors';
import type { InputReader } from '../step/input-reader';
import { fieldOf, namedIssuer, refuseField } from './connections';

/** What the owner of a connection lets pipelines ask for. */
export interface Limits {
  /** Minutes. */
  maxLifetimeMinutes?: number;
  allowedScopes: ScopeName[];
}

/**
 * Reads the limits of the service connection that is picked; a token of the pipeline's own has none. Notes
 * `connection-invalid`.
 */
export function readLimits(reader: InputReader): Limits | undefined {
  const connection = namedIssuer(reader);
  if (!connection) return undefined;
  const maxLifetimeMinutes = readCeiling(reader, connection);
  return { allowedScopes: readScopes(reader, connection), ...(maxLifetimeMinutes && { maxLifetimeMinutes }) };
}

function readScopes(reader: InputReader, connection: Connection): ScopeName[] {
  const written = fieldOf(connection, 'allowedScopes').split(',');
  const names = written.map((name) => name.trim()).filter((name) => name !== '');
  for (const name of names.filter((each) => !isScopeName(each))) {
    refuseField(reader, 'allowedScopes', `names ${quoted(name)}, which is no scope`);
  }
  return names.length === 0 ? ['agentPool'] : names.filter(isScopeName);
}

function readCeiling(reader: InputReader, connection: Connection): number | undefined {
  const ceiling = fieldOf(connection, 'maxLifetimeMinutes');
  if (ceiling === '') return undefined;
  if (/^[1-9]\d{0,4}$/.test(ceiling)) return Number(ceiling);
  return refuseField(reader, 'maxLifetimeMinutes', 'must be whole minutes');
}
