import type { Pipeline } from '../agent/pipeline';
import type { Conversation } from '../http/conversation';
import type { Runtime } from '../http/runtime';
import type { PublicNetwork } from '../public-network';
import type { UserCredential } from '../sign-in/user';
import type { MintInputs } from './inputs';
import type { OpenLease } from './lease/open-lease';

/** Milliseconds of main that are kept back for revoking what it made. */
export const keptBackForRevoking = 30_000;

/** What minting needs to know. */
export interface MintRequest {
  pipeline: Pipeline;
  runtime: Runtime;
  inputs: MintInputs;
  credential: UserCredential;
  conversation: Conversation;
  /** How the network is reached; undefined where there is nothing to say. */
  network: PublicNetwork | undefined;
}

/** The same, with the lease that post will find. */
export interface MintJob extends MintRequest {
  lease: OpenLease;
}
