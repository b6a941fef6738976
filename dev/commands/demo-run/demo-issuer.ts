import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Emulator } from '../../emulator';
import type { Connection } from '../../job-runner';
import { followSignIn, type Person, standInForAzureCli } from '../../person';
import { storedConnection } from '../emulated-connections';
import { root } from '../folders';
import { freePort } from '../surroundings/free-port';
import { check } from './demo-report';

interface Run {
  code: number | null;
  output: string;
}

/**
 * Makes an issuer in an organization that has none, with the issuer command in a process of its own.
 * @param show gets each line that the command prints.
 * @returns the service connection that the command made.
 */
export async function makeIssuer(
  emulator: Emulator,
  pool: string,
  show: (line: string) => void,
): Promise<Connection | undefined> {
  emulator.installExtension(JSON.parse(readFileSync(join(root, 'vss-extension.json'), 'utf8')));
  const administrator = emulator.addAdministrator();
  const user = emulator.addUser({ alias: 'pool-user', displayName: 'Pool User' });
  const folder = mkdtempSync(join(tmpdir(), 'demo-issuer-'));
  mkdirSync(join(folder, 'bin'));
  const secrets = new Set<string>();
  const azure = await standInForAzureCli(join(folder, 'bin'), (resource) => {
    const token = emulator.azureCliToken(administrator, resource);
    secrets.add(token);
    return token;
  });
  try {
    const place = ['--organization', emulator.organizationUrl, '--project', emulator.state.project.name];
    const issuer = ['--pool', pool, '--user', user.upn, '--port', String(await freePort()), '--yes'];
    const { code, output } = await runIssuer(['create', ...place, ...issuer], { folder, user, show });
    for (const secret of secretsOf(emulator)) secrets.add(secret);
    return checkIssuer(emulator, { code, output }, secrets);
  } finally {
    azure.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function runIssuer(
  words: string[],
  { folder, user, show }: { folder: string; user: Person; show: (line: string) => void },
): Promise<Run> {
  const PATH = `${join(folder, 'bin')}${delimiter}${process.env.PATH}`;
  const program = ['--require', require.resolve('tsx/cjs'), join(root, 'setup', 'main.ts')];
  const child = spawn(process.execPath, [...program, ...words], {
    cwd: folder,
    env: { ...process.env, PATH, BROWSER: 'none' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let shown = 0;
  let followed = false;
  const read = (text: string) => {
    output += text;
    const lines = output.split('\n').slice(0, -1);
    for (const line of lines.slice(shown)) show(line);
    shown = lines.length;
    const address = /^ +(http:\S+\/authorize\?\S+)$/m.exec(output)?.[1];
    if (followed || address === undefined) return;
    followed = true;
    followSignIn(address, user).catch((error: Error) => {
      check(false, `The sign-in of the user failed: ${error.message}`);
      child.kill();
    });
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', read);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

function checkIssuer(emulator: Emulator, { code, output }: Run, secrets: Set<string>): Connection | undefined {
  const { state } = emulator;
  const [endpoint] = state.collection.endpoints.all;
  check(code === 0, `The command ended with exit code ${code}.`);
  check(endpoint !== undefined, 'It made the service connection.');
  if (!endpoint) return undefined;
  const app = state.applications.find(({ clientId }) => clientId === endpoint.data.clientId);
  check(app?.federatedCredentials?.length === 1, 'Its app trusts the identity tokens of this connection,');
  check(app?.passwords?.length === 0 && !app.clientSecret, 'and has no client secret: that of the sign-in is removed.');
  const [trial] = state.pats;
  check(state.pats.length === 1 && trial?.revoked === true, 'It tried a token of five minutes, and revoked it.');
  check(endpoint.pipelines.size === 0, 'No pipeline may use the connection before an administrator permits it.');
  const leaks = [...secrets].filter((secret) => output.includes(secret));
  check(secrets.size >= 4 && leaks.length === 0, `None of ${secrets.size} secrets stood on its terminal.`);
  return storedConnection(endpoint);
}

function secretsOf({ state }: Emulator): string[] {
  const { refreshTokens, pats, directory } = state;
  const codes = directory.signIns.codes.map(({ value }) => value);
  return [...refreshTokens.map(({ value }) => value), ...pats.map(({ token }) => token), ...codes];
}
