import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Emulator } from '../../emulator';
import { azureDevOpsConnection, issuerForAnyScope } from '../emulated-connections';
import { root } from '../folders';

/** The names of service connections that the examples use. */
export const issuerName = 'agent-pool-issuer';
export const federatedName = 'agent-pools';

/**
 * Writes the service connections of a running emulator, as `npm run job -- --connections` reads them, for this user
 * alone.
 * @param file where to; by default a file of the folder build that names the emulator's port.
 * @returns the file.
 */
export function writeConnectionsFile(emulator: Emulator, file = defaultFile(emulator)): string {
  const content = {
    organizationUrl: emulator.organizationUrl,
    jobAccessToken: emulator.state.jobAccessToken,
    connections: [issuerForAnyScope(emulator, issuerName), azureDevOpsConnection(emulator, federatedName)],
    secretVariables: { USER_ACCESS_TOKEN: emulator.userAccessToken() },
  };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  return file;
}

function defaultFile({ url }: Emulator): string {
  return join(root, 'build', `emulator-${new URL(url).port}.json`);
}
