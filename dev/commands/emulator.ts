import { rmSync } from 'node:fs';
import { relative } from 'node:path';
import { runCommand, typedPath, UsageError, wholeNumber } from '../../scripts/command-line';
import { type Emulator, startEmulator } from '../emulator';
import { federatedName, issuerName, writeConnectionsFile } from './surroundings/emulator-connections';
import { type IssuerByHand, offerIssuer } from './surroundings/issuer-by-hand';
import { untilStopped } from './until-stopped';

void runCommand({
  help: `npm run emulator [-- --port N] [--organization NAME] [--connections FILE]

Azure DevOps Services and Microsoft Entra, emulated on a loopback port until it is stopped. The extension is installed
there, and an administrator is signed in to a stand-in for Azure CLI, so that npm run issuer can be tried.

  --port N              default 8421; 0 is any free port
  --organization NAME   letters, digits and hyphens; default fabrikam
  --connections FILE    where it writes its service connections for npm run job, good until it stops;
                        default build/emulator-PORT.json`,
  options: {
    port: { type: 'string', default: '8421' },
    organization: { type: 'string', default: 'fabrikam' },
    connections: { type: 'string' },
  },
  async run({ port, organization, connections }) {
    if (!/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(organization)) {
      throw new UsageError(`--organization is letters, digits and hyphens, not ${JSON.stringify(organization)}.`);
    }
    const options = { port: wholeNumber('--port', port, [0, 65_535]), organization };
    let file: string | undefined;
    let byHand: IssuerByHand | undefined;
    try {
      await untilStopped(
        () => startEmulator(options),
        async (emulator) => {
          file = writeConnectionsFile(emulator, connections === undefined ? undefined : typedPath(connections));
          byHand = await offerIssuer(emulator, file);
          followRequests(emulator, file);
          console.log(introduction(emulator, { file: relative(typedPath('.'), file), byHand }));
        },
      );
    } finally {
      byHand?.close();
      // What it holds is of no more use.
      if (file !== undefined) rmSync(file, { force: true });
    }
  },
});

/**
 * Logs requests, and keeps the file of the connections up to date. Queries, headers and bodies carry secrets; a line has
 * none of them.
 */
function followRequests(emulator: Emulator, file: string): void {
  emulator.onRequest = ({ method, path, operation, status }, phase) => {
    if (phase !== 'answered') return;
    console.log(`${status ?? '---'} ${operation.padEnd(14)} ${method} ${path}`);
    if (operation.startsWith('endpoints.') && method !== 'GET') writeConnectionsFile(emulator, file);
  };
}

function introduction(
  { organizationUrl, issuer, federated, state, url }: Emulator,
  { file, byHand }: { file: string; byHand: IssuerByHand },
): string {
  const connection = { URL: organizationUrl, ...issuer };
  const federation = {
    name: federated.connectionName,
    id: federated.connectionId,
    TenantId: federated.tenantId,
    ServicePrincipalId: federated.clientId,
    jobAccessToken: state.jobAccessToken,
  };
  const listed = (settings: Record<string, string>) =>
    Object.entries(settings).map(([name, value]) => `  ${name.padEnd(18)} ${value}`);
  const pools = state.pools.map(
    ({ name, roles }) => `  ${name.padEnd(18)} ${roles[state.users.default.oid] ?? 'hidden'}`,
  );
  return [
    'Azure DevOps Services and Microsoft Entra, emulated on this machine. Nothing here is real, nothing is kept.',
    '',
    `A pipeline whose connections are named ${issuerName} or ${federatedName} runs against it from another terminal:`,
    `  npm run job -- FILE.yml --connections ${file}`,
    '',
    ...byHand.lines,
    'That file holds the connection that comes of it, from then on.',
    '',
    'The same by hand: a service connection of the type "Agent pool token issuer" (throwaway values):',
    ...listed(connection),
    '',
    'One of the type "Azure DevOps", and the token of a job that may use it:',
    ...listed(federation),
    '',
    `Pools, and what ${state.users.default.upn} may do there:`,
    ...pools,
    '',
    'From another terminal:',
    `  curl ${url}/_emulator/tokens`,
    `  curl ${url}/_emulator/requests`,
    `  curl ${url}/_emulator/clock -d '{"advanceMinutes": 60}'`,
    `  curl ${url}/_emulator/faults -d '{"operation": "pats.create", "answer": {"status": 503}}'`,
    `  curl ${url}/_emulator/faults              lists the faults that are still to come`,
    `  curl ${url}/_emulator/faults -X DELETE    forgets them`,
    '',
    'Ctrl+C stops it. Requests:',
  ].join('\n');
}
