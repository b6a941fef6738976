import { quoted } from '../errors';
import { isGuid } from '../guid';
import type { InputReader } from '../step/input-reader';

/** Which tokens a step revokes. */
export interface SweepInputs {
  /** Ids to revoke, in lower case, each once; undefined for leftovers. */
  tokenIds?: string[];
  olderThanMinutes: number;
  dryRun: boolean;
}

const defaultAge = '120';

/** Reads which tokens are meant. Notes `input-invalid`. */
export function readSweepInputs(reader: InputReader): SweepInputs {
  const revoke = reader.oneOf('revoke', ['leftovers', 'tokenIds'], 'leftovers');
  const ids = reader.list('tokenIds', /[\s,]+/).map((id) => id.toLowerCase());
  const age = reader.text('olderThanMinutes') || defaultAge;
  if (!/^\d{1,6}$/.test(age)) {
    reader.problem('input-invalid', `olderThanMinutes ${quoted(age)} is not a whole number of minutes.`);
  }
  for (const id of ids.filter((text) => !isGuid(text))) {
    reader.problem('input-invalid', `tokenIds names ${quoted(id)}, which is not the id of a token.`);
  }
  if (revoke === 'leftovers' && ids.length > 0) reader.refuse('tokenIds', 'revoke is leftovers');
  if (revoke === 'tokenIds' && ids.length === 0) reader.problem('input-invalid', 'tokenIds names no token.');
  if (revoke === 'tokenIds' && age !== defaultAge) reader.refuse('olderThanMinutes', 'revoke is tokenIds');
  return {
    ...(revoke === 'tokenIds' && { tokenIds: [...new Set(ids)] }),
    olderThanMinutes: Number(age),
    dryRun: reader.boolean('dryRun', false),
  };
}
