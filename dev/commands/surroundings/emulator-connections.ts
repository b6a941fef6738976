import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Emulator } from '../../emulator';
import type { Connection } from '../../job-runner';
import { azureDevOpsConnection, issuerForAnyScope, storedConnection } from '../emulated-connections';
import { root } from '../folders';

/** The names of service connections that the examples use. */
export const issuerName = 'agent-pool-issuer';
export const federatedName = 'agent-pools';

/**
 * Writes the service connections of a running emulator, as `npm run job -- --connections` reads them, for this user
 * alone. One that was made in the organization stands for the ready-made one of its name.
 * @param file where to; by default a file of the folder build that names the emulator's port.
 * @returns the file.
 */
export function writeConnectionsFile(emulator: Emulator, file = defaultFile(emulator)): string {
  const made = emulator.state.collection.endpoints.all.map(storedConnection);
  const ready = readyConnections(emulator).filter(({ name }) => !made.some((each) => each.name === name));
  const content = {
    organizationUrl: emulator.organizationUrl,
    jobAccessToken: emulator.state.jobAccessToken,
    connections: [...made, ...ready],
    secretVariables: { USER_ACCESS_TOKEN: emulator.userAccessToken() },
  };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  return file;
}

const known = new WeakMap<Emulator, Connection[]>();

/** Those that the emulator has from the start, the same each time. */
function readyConnections(emulator: Emulator): Connection[] {
  const connections = known.get(emulator) ?? [
    issuerForAnyScope(emulator, issuerName),
    azureDevOpsConnection(emulator, federatedName),
  ];
  known.set(emulator, connections);
  return connections;
}

function defaultFile({ url }: Emulator): string {
  return join(root, 'build', `emulator-${new URL(url).port}.json`);
}
