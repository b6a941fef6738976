import type { UserCredential } from '../sign-in/user';
import type { Online } from '../step/run-step';
import type { MintInputs } from './inputs';
import type { OpenLease } from './lease/open-lease';

/** Milliseconds of main that are kept back for revoking what it made. */
export const keptBackForRevoking = 30_000;

/** A step that mints. */
export interface MintJob extends Online {
  inputs: MintInputs;
  credential: UserCredential;
  /** What post will find. */
  lease: OpenLease;
}
