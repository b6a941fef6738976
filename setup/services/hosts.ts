import type { Organization } from '../../src/azure-devops/organization';

/** The services that this command sends to, and no other. */
export interface Hosts {
  /** Origin of the Entra authority. */
  entra: string;
  /** Microsoft Graph, with its version. */
  graph: string;
  graphBeta: string;
  organization: string;
  /** Identities and personal access tokens. */
  identities: string;
  /** Who belongs to the organization. */
  entitlements: string;
}

/** Beside a loopback organization, and only there, every service is on its origin. */
export function hostsOf(organization: Organization): Hosts {
  if (organization.loopback) {
    const { origin } = new URL(organization.url);
    return {
      entra: origin,
      graph: `${origin}/v1.0`,
      graphBeta: `${origin}/beta`,
      organization: organization.url,
      identities: organization.tokensUrl,
      entitlements: organization.url,
    };
  }
  return {
    entra: 'https://login.microsoftonline.com',
    graph: 'https://graph.microsoft.com/v1.0',
    graphBeta: 'https://graph.microsoft.com/beta',
    organization: organization.url,
    identities: organization.tokensUrl,
    entitlements: `https://vsaex.dev.azure.com/${organization.name}`,
  };
}
