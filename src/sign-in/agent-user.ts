import type { Secret } from '../secret';
import type { Redemption } from './client-proof';
import { assertionType, azureDevOpsId, type IssuedToken, tokenExchange } from './token-endpoint';
import type { AgentUserCredential } from './user';

const exchange = `${tokenExchange}/.default`;

/**
 * Signs in as an agent user, by the chain of three requests: the blueprint speaks for its agent identity, which signs in
 * itself, and then for the user. No refresh token is asked for: the chain is as short the next time.
 * https://learn.microsoft.com/entra/agent-id/identity-platform/agent-user-oauth-flow
 * @param redeem sends a form with what proves the application.
 * @throws TaskError those of redeem.
 */
export async function agentUserToken(
  redeem: (redemption: Redemption) => Promise<IssuedToken>,
  { authority, tenantId, clientId, proof, agentIdentityId, agentUserId }: AgentUserCredential,
): Promise<Secret> {
  const blueprint = { authority, tenantId, proof };
  // What the identity proves itself with is in the form already.
  const identity = { authority, tenantId, proof: { kind: 'public' } as const };
  const { accessToken: forIdentity } = await redeem({
    app: blueprint,
    form: { client_id: clientId, grant_type: 'client_credentials', scope: exchange, fmi_path: agentIdentityId },
  });
  const asIdentity = {
    client_id: agentIdentityId,
    client_assertion_type: assertionType,
    client_assertion: forIdentity.reveal(),
  };
  const { accessToken: ofIdentity } = await redeem({
    app: identity,
    form: { ...asIdentity, grant_type: 'client_credentials', scope: exchange },
    secrets: [forIdentity],
  });
  const { accessToken } = await redeem({
    app: identity,
    form: {
      ...asIdentity,
      grant_type: 'user_fic',
      user_federated_identity_credential: ofIdentity.reveal(),
      user_id: agentUserId,
      scope: `${azureDevOpsId}/.default`,
    },
    secrets: [forIdentity, ofIdentity],
  });
  return accessToken;
}
