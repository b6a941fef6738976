import { parseArgs } from 'node:util';
import { type Emulator, startEmulator } from '../emulator';

const usage = 'Usage: npm run emulator -- [--port N] [--organization NAME]';

function readOptions(): { port: number; organization: string } {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8421' },
      organization: { type: 'string', default: 'fabrikam' },
    },
  });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65535) throw new Error(`--port must be 0 to 65535, not ${values.port}`);
  if (!/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(values.organization)) {
    throw new Error(`--organization must be letters, digits and hyphens, not ${values.organization}`);
  }
  return { port, organization: values.organization };
}

function introduce({ organizationUrl, issuer, federated, state, url }: Emulator): string {
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
    'A service connection of the type "Agent pool token issuer", to try it by hand (throwaway values):',
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
    '',
    'Ctrl+C stops it. Requests:',
  ].join('\n');
}

async function main(): Promise<void> {
  const emulator = await startEmulator(readOptions());
  // Queries, headers and bodies carry secrets; a line has none of them.
  emulator.onRequest = ({ method, path, operation, status }, phase) => {
    if (phase === 'answered') console.log(`${status ?? '---'} ${operation.padEnd(14)} ${method} ${path}`);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => emulator.close().then(() => process.exit(0)));
  }
  console.log(introduce(emulator));
}

main().catch((error: NodeJS.ErrnoException) => {
  const taken = error.code === 'EADDRINUSE';
  console.error(taken ? `${error.message}\nChoose another port with --port.` : `${error.message}\n${usage}`);
  process.exit(taken ? 1 : 2);
});
