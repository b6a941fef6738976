import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** What Azure CLI is signed in as: gives a token for a resource, or undefined where no one is signed in. */
export type Account = (resource: 'graph' | 'azureDevOps') => string | undefined;

/** A program `az` in a folder, for the PATH of another process. */
export interface AzureCli {
  close(): void;
}

/** Milliseconds. */
const life = 3_600_000;

/**
 * Puts a stand-in for Azure CLI into a folder. It knows `account get-access-token` alone, and prints for that what Azure
 * CLI prints. It asks this process for the token, so that none is in a file.
 */
export async function standInForAzureCli(folder: string, account: Account): Promise<AzureCli> {
  const server = createServer((request, response) => {
    const resource = new URL(request.url ?? '/', 'http://localhost').searchParams.get('resource') ?? '';
    const accessToken = account(resource.startsWith('https://graph') ? 'graph' : 'azureDevOps');
    if (accessToken === undefined) {
      response.writeHead(401).end();
      return;
    }
    const end = new Date(Date.now() + life);
    const expires = { expiresOn: end.toISOString(), expires_on: Math.floor(end.getTime() / 1000) };
    response.end(JSON.stringify({ accessToken, ...expires, subscription: '', tenant: '', tokenType: 'Bearer' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  if (process.platform === 'win32') {
    writeFileSync(join(folder, 'az.cjs'), program(port));
    writeFileSync(join(folder, 'az.cmd'), `@"${process.execPath}" "%~dp0az.cjs" %*\r\n`);
  } else {
    writeFileSync(join(folder, 'az'), program(port), { mode: 0o755 });
  }
  return {
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function program(port: number): string {
  return `#!${process.execPath}
const words = process.argv.slice(2);
if (words.slice(0, 2).join(' ') !== 'account get-access-token') {
  console.error(\`ERROR: '\${words.join(' ')}' is misspelled or not recognized by the system.\`);
  process.exit(2);
}
const resource = words[words.indexOf('--resource') + 1];
const ask = require('node:http').get('http://127.0.0.1:${port}/?resource=' + encodeURIComponent(resource));
ask.once('response', async (answer) => {
  let text = '';
  for await (const part of answer.setEncoding('utf8')) text += part;
  if (answer.statusCode === 200) return console.log(text);
  console.error("ERROR: Please run 'az login' to setup account.");
  process.exitCode = 1;
});
`;
}
