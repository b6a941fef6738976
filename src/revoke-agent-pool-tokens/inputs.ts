import type { Pipeline } from '../agent/pipeline';
import type { Organization } from '../azure-devops/organization';
import { type Problems, quoted } from '../errors';
import { isGuid } from '../guid';
import { refuseOtherCredentials } from '../sign-in/connections';
import { plainInput, readBoolean, refuse } from '../step/input-values';

/** What a step that sweeps is told. */
export interface SweepInputs {
  /** Ids to revoke, in lower case, each once; undefined for leftovers. */
  tokenIds?: string[];
  olderThanMinutes: number;
  dryRun: boolean;
  /** Set only where it was named beside a connection. */
  organization?: Organization;
}

/** Reads which tokens are meant. Notes `input-invalid`; what it returns is right only if it noted nothing. */
export function readSweepInputs(pipeline: Pipeline, problems: Problems): SweepInputs {
  const organization = refuseOtherCredentials(pipeline, problems);
  const revoke = plainInput('revoke', pipeline, problems) || 'leftovers';
  const ids = plainInput('tokenIds', pipeline, problems)
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((id) => id !== '');
  const age = plainInput('olderThanMinutes', pipeline, problems) || '120';
  if (!/^\d{1,6}$/.test(age)) {
    problems.add('input-invalid', `olderThanMinutes ${quoted(age)} is not a whole number of minutes.`);
  }
  for (const id of ids.filter((text) => !isGuid(text))) {
    problems.add('input-invalid', `tokenIds names ${quoted(id)}, which is not the id of a token.`);
  }
  if (revoke === 'leftovers' && ids.length > 0) refuse('tokenIds', 'revoke is leftovers', problems);
  if (revoke === 'tokenIds' && ids.length === 0) problems.add('input-invalid', 'tokenIds names no token.');
  if (revoke === 'tokenIds' && age !== '120') refuse('olderThanMinutes', 'revoke is tokenIds', problems);
  if (revoke !== 'leftovers' && revoke !== 'tokenIds') {
    problems.add('input-invalid', `revoke ${quoted(revoke)} is neither leftovers nor tokenIds.`);
  }
  return {
    ...(revoke === 'tokenIds' && { tokenIds: [...new Set(ids)] }),
    olderThanMinutes: Number(age),
    dryRun: readBoolean('dryRun', false, pipeline, problems),
    ...(organization && { organization }),
  };
}
