import type { Emulator, ServiceEndpoint } from '../emulator';
import { credentialOf } from '../emulator/service-endpoints/federation';

export const issuerName = 'agent-pool-issuer';

/** A federated issuer as the set-up command leaves one, administered by the identity of the project's jobs. */
export function storeIssuer(
  emulator: Emulator,
  extension: Parameters<Emulator['installExtension']>[0],
): ServiceEndpoint {
  const { state } = emulator;
  const { clientSecret: _, refreshToken, ...data } = emulator.issuer;
  emulator.installExtension(extension);
  const endpoint = emulator.addServiceEndpoint({
    name: issuerName,
    type: 'AgentPoolTokenIssuer',
    scheme: 'WorkloadIdentityFederation',
    parameters: { refreshToken },
    data: { ...data, refreshTokenStoredOn: new Date(state.clock.now()).toISOString() },
  });
  emulator.setEndpointRole(endpoint, state.collection.buildService, { collection: 'Administrator' });
  const [app] = state.applications;
  if (!app) throw new Error('The emulated tenant has no application');
  delete app.clientSecret;
  app.federatedCredentials = [credentialOf(endpoint, state.project.id, state)];
  return endpoint;
}

/** Whether Entra would take the refresh token that is stored now. */
export function storesLivingToken({ state }: Emulator, { parameters }: ServiceEndpoint): boolean {
  const stored = state.refreshTokens.find(({ value }) => value === parameters.refreshToken);
  return stored !== undefined && !stored.revoked && !stored.replaced && stored.expiresAt > state.clock.now();
}
