import { Pats } from '../azure-devops/tokens/pats';
import type { Online } from '../step/run-step';
import { EntraSignIn } from './entra-sign-in';
import type { UserCredential } from './user';

/** The user who signed in, and the tokens of that user. */
export interface Owner {
  pats: Pats;
  /** Tenant and object id, where the access token states them. */
  user: string | undefined;
}

/**
 * Signs in as the user whose tokens are minted or revoked.
 * @throws TaskError those of EntraSignIn.
 */
export async function signInOwner(
  { pipeline, conversation }: Pick<Online, 'pipeline' | 'conversation'>,
  credential: UserCredential,
): Promise<Owner> {
  const { accessToken, user } = await new EntraSignIn(conversation, pipeline).user(credential);
  return { pats: new Pats(conversation, credential.organization, accessToken), user };
}
