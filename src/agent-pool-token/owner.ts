import type { Pipeline } from '../agent/pipeline';
import { Pats } from '../azure-devops/tokens/pats';
import type { Conversation } from '../http/conversation';
import { EntraSignIn } from '../sign-in/entra-sign-in';
import type { UserCredential } from '../sign-in/user';

/** The user who signed in, and the tokens of that user. */
export interface Owner {
  pats: Pats;
  /** Tenant and object id, where the access token states them. */
  user: string | undefined;
}

interface SignInJob {
  pipeline: Pipeline;
  conversation: Conversation;
  credential: UserCredential;
}

/**
 * Signs in as the user whose tokens are minted or revoked.
 * @throws TaskError those of EntraSignIn.
 */
export async function signInOwner({ pipeline, conversation, credential }: SignInJob): Promise<Owner> {
  const { accessToken, user } = await new EntraSignIn(conversation, pipeline).user(credential);
  return { pats: new Pats(conversation, credential.organization, accessToken), user };
}
