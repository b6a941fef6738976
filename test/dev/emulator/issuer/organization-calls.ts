import type { Emulator } from '../../../../dev/emulator';
import { call, type Reply } from '../calls';

/** An extension with a type of connection that has secrets under two schemes. */
export const vaultExtension = {
  publisher: 'contoso',
  id: 'vault',
  name: 'Vault',
  version: '1.2.3',
  contributions: [
    {
      type: 'ms.vss-endpoint.service-endpoint-type',
      properties: {
        name: 'Vault',
        displayName: 'Vault',
        inputDescriptors: [{ id: 'region', validation: { isRequired: true, pattern: '^[a-z]+$', maxLength: 8 } }],
        authenticationSchemes: [
          {
            type: 'ms.vss-endpoint.endpoint-auth-scheme-none',
            inputDescriptors: [
              { id: 'key', isConfidential: true, validation: { isRequired: true } },
              { id: 'pepper', isConfidential: true },
            ],
          },
          {
            type: 'ms.vss-endpoint.endpoint-auth-scheme-workload-identity-federation',
            inputDescriptors: [{ id: 'key', isConfidential: true }],
          },
        ],
      },
    },
    { type: 'ms.vss-distributed-task.task', properties: { name: 'Task' } },
  ],
};

/** A call below the organization, with this token. */
export async function organizationCall(
  emulator: Emulator,
  request: string,
  options: { token: string; body?: unknown; version?: string | null },
): Promise<Reply> {
  const [, method = '', path = ''] = /^(\S+) (.*)$/.exec(request) ?? [];
  const { token, body, version = '7.2-preview.1' } = options;
  const query = version === null ? '' : `${path.includes('?') ? '&' : '?'}api-version=${version}`;
  return call(`${emulator.organizationUrl}${path}${query}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'X-TFS-FedAuthRedirect': 'Suppress' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** The body that makes a connection of that extension in the first project. */
export function vaultBody(emulator: Emulator, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const { id, name } = emulator.state.project;
  return {
    name: 'vault',
    type: 'Vault',
    url: 'https://vault.contoso.com',
    description: 'of the test',
    owner: 'library',
    authorization: { scheme: 'None', parameters: { key: 'the key', pepper: 'the pepper' } },
    data: { region: 'north' },
    isShared: false,
    isReady: true,
    serviceEndpointProjectReferences: [{ projectReference: { id, name }, name: 'vault', description: '' }],
    ...changes,
  };
}
